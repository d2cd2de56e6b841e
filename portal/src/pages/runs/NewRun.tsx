/** A new run, of an experiment that is there or made with it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ListedSensor, Run } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { CheckField, SelectField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";

export function NewRun({ onClose, onMade }: { onClose: () => void; onMade: (run: Run) => void }) {
  const project = projectId.value ?? "";
  const experiments = useAsked(`experiments ${project}`, (signal) => readExperiments(project, signal));
  const [experiment, setExperiment] = useState<string | null>(null);
  const [fresh, setFresh] = useState("");
  const [name, setName] = useState("");
  const [tags, setTags] = useState("");
  const [isStarted, setStarted] = useState(true);
  const [sensors, setSensors] = useState<ListedSensor[]>([]);
  const chosen = experiment ?? experiments.data?.[0]?.id ?? "";
  const sending = useSending(async (key) => {
    const home = chosen || (await makeExperiment(project, fresh, `${key}-e`));
    const run = await ask(
      api.POST("/api/v1/experiments/{experiment_id}/runs", {
        params: { path: { experiment_id: home }, header: { "idempotency-key": key } },
        body: { name, tags: tagsOf(tags), status: isStarted ? "running" : "draft" },
      }),
    );
    for (const sensor of sensors) {
      const path = { run_id: run.id, sensor_id: sensor.id };
      await ask(api.PUT("/api/v1/runs/{run_id}/sensors/{sensor_id}", { params: { path } }));
    }
    return run;
  }, onMade);
  return (
    <FormDialog title="New run" verb="Make run" sending={sending} onClose={onClose}>
      <SelectField
        label="Experiment"
        value={chosen}
        choices={[
          ...(experiments.data ?? []).map((each) => [each.id, each.name] as const),
          ["", "A new experiment…"] as const,
        ]}
        onChange={setExperiment}
      />
      {!chosen && <TextField label="Name of the experiment" isRequired value={fresh} onInput={setFresh} />}
      <TextField
        label="Name of the run"
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
      <TextField
        label="Tags"
        hint="Parted by commas"
        value={tags}
        onInput={setTags}
        fault={sending.problem?.faultIn("/tags") ?? null}
      />
      <div class="field">
        <span class="label">Sensors</span>
        <SensorPicker
          chosen={sensors.map((each) => each.id)}
          onPick={(sensor) => setSensors([...sensors, sensor])}
        />
        <div class="row">
          {sensors.map((each) => (
            <Button
              key={each.id}
              icon="close"
              title={`Leave ${each.key} out`}
              onClick={() => setSensors(sensors.filter((other) => other.id !== each.id))}
            >
              {each.key}
            </Button>
          ))}
        </div>
      </div>
      <CheckField label="It runs from now on" value={isStarted} onChange={setStarted} />
    </FormDialog>
  );
}

async function readExperiments(project: string, signal: AbortSignal) {
  const params = { path: { project_id: project }, query: { sort: "-created_at" as const, limit: 100 } };
  const page = await ask(api.GET("/api/v1/projects/{project_id}/experiments", { params, signal }));
  return page.items.filter((each) => each.status === "draft" || each.status === "running");
}

async function makeExperiment(project: string, name: string, key: string): Promise<string> {
  const made = await ask(
    api.POST("/api/v1/projects/{project_id}/experiments", {
      params: { path: { project_id: project }, header: { "idempotency-key": key } },
      body: { name },
    }),
  );
  return made.id;
}
