/** A new run, of an experiment that is there or made with it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ListedSensor, Run } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { Chip } from "../../ui/buttons.tsx";
import { Combobox, OFFERED } from "../../ui/forms/Combobox.tsx";
import { CheckField, Field, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";

interface OpenExperiment {
  id: string | null;
  name: string;
}

const NEW: OpenExperiment = { id: null, name: "A new experiment…" };

export function NewRun({ onClose, onMade }: { onClose: () => void; onMade: (run: Run) => void }) {
  const project = projectId.value ?? "";
  const newest = useAsked(`newest experiment ${project}`, (signal) => findOpen(project, "", 1, signal));
  const [picked, setPicked] = useState<OpenExperiment | null>(null);
  const [fresh, setFresh] = useState("");
  const [name, setName] = useState("");
  const [tags, setTags] = useState("");
  const [isStarted, setStarted] = useState(true);
  const [sensors, setSensors] = useState<ListedSensor[]>([]);
  const experiment = picked ?? newest.data?.items[0] ?? NEW;
  const sending = useSending(async (key) => {
    const home = experiment.id ?? (await makeExperiment(project, fresh, `${key}-e`));
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
      <Field label="Experiment">
        {({ id }) => (
          <Combobox<OpenExperiment>
            id={id}
            label="Experiment"
            noun="Experiments"
            isRequired
            shown={newest.isAsking && !picked ? "" : experiment.name}
            scope={`experiments ${project}`}
            find={(text, signal) => findOpen(project, text, OFFERED, signal)}
            fixed={[NEW]}
            keyOf={(each) => each.id ?? ""}
            line={(each) => <span class="grow cut">{each.name}</span>}
            none="No experiment that is open fits"
            onPick={setPicked}
          />
        )}
      </Field>
      {!experiment.id && !(newest.isAsking && !picked) && (
        <TextField label="Name of the experiment" isRequired value={fresh} onInput={setFresh} />
      )}
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
            <Chip
              key={each.id}
              name={each.key}
              onLeaveOut={() => setSensors(sensors.filter((other) => other.id !== each.id))}
            />
          ))}
        </div>
      </div>
      <CheckField label="It runs from now on" value={isStarted} onChange={setStarted} />
    </FormDialog>
  );
}

/** Experiments that take runs, newest first: drafts and those that run. */
async function findOpen(project: string, text: string, limit: number, signal: AbortSignal) {
  const read = (status: "draft" | "running") => {
    const query = { status, sort: "-created_at" as const, limit, ...(text ? { q: text } : {}) };
    const params = { path: { project_id: project }, query };
    return ask(api.GET("/api/v1/projects/{project_id}/experiments", { params, signal }));
  };
  const pages = await Promise.all([read("running"), read("draft")]);
  const items = pages
    .flatMap((page) => page.items)
    .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));
  const isMore = items.length > limit || pages.some((page) => page.next_cursor);
  return { items: items.slice(0, limit) as OpenExperiment[], next_cursor: isMore ? "more" : null };
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
