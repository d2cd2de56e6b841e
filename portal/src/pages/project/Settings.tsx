/** Names, limits of age, how long things are kept, who sees raw values; what the project holds. */

import { useState } from "preact/hooks";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Project } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { readProjects } from "../../session.ts";
import { DAY, SECOND } from "../../times.ts";
import { useAsked } from "../../ui/asking.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { ForRole } from "../../ui/ForRole.tsx";
import { Facts } from "../../ui/facts.tsx";
import { SelectField, TextField } from "../../ui/fields.tsx";
import { Answered, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { numberOr } from "../../ui/schema.ts";
import { useSending } from "../../ui/sending.ts";
import { toast } from "../../ui/toasts.tsx";

const DAY_S = DAY / SECOND;

export function ProjectSettings({ project }: { project: Project }) {
  return (
    <div class="columns">
      <SettingsForm key={project.version} project={project} />
      <ForRole least="editor" title="What it holds">
        <Usage project={project} />
      </ForRole>
    </div>
  );
}

function SettingsForm({ project }: { project: Project }) {
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description ?? "");
  const [rawAccess, setRawAccess] = useState(project.raw_access ?? "members");
  const [age, setAge] = useState(String((project.max_age_s ?? 365 * DAY_S) / DAY_S));
  const [rawKeep, setRawKeep] = useState(daysText(project.raw_keep_days));
  const [rollupKeep, setRollupKeep] = useState(daysText(project.rollup_keep_days));
  const [rejectsKeep, setRejectsKeep] = useState(daysText(project.rejects_keep_days));
  const sending = useSending(
    async () => {
      const body = {
        name,
        description,
        raw_access: rawAccess,
        max_age_s: Math.round(Number(age) * DAY_S),
        raw_keep_days: daysOf(rawKeep),
        rollup_keep_days: daysOf(rollupKeep),
        rejects_keep_days: Number(rejectsKeep),
      };
      const params = { path: { project_id: project.id }, header: { "if-match": etagOf(project) } };
      await ask(api.PATCH("/api/v1/projects/{project_id}", { params, body }));
      await readProjects();
    },
    () => toast("Saved"),
  );
  const fault = (at: string) => sending.problem?.faultOf(at) ?? null;
  return (
    <Panel title="Settings">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          sending.send();
        }}
      >
        <TextField label="Name" isRequired value={name} onInput={setName} fault={fault("/name")} />
        <TextField label="Description" isLong value={description} onInput={setDescription} />
        <SelectField
          label="Raw values are seen by"
          value={rawAccess}
          choices={[
            ["members", "all members"],
            ["editors", "editors and owners: viewers see physical values only"],
          ]}
          onChange={setRawAccess}
        />
        <div class="pair">
          <TextField
            label="Oldest reading that is taken, days"
            value={age}
            onInput={setAge}
            fault={fault("/max_age_s")}
          />
          <TextField
            label="Readings are kept, days"
            hint="Empty: for ever"
            value={rawKeep}
            onInput={setRawKeep}
            fault={fault("/raw_keep_days")}
          />
          <TextField
            label="Roll-ups are kept, days"
            hint="Empty: for ever"
            value={rollupKeep}
            onInput={setRollupKeep}
            fault={fault("/rollup_keep_days")}
          />
          <TextField
            label="Rejected readings are kept, days"
            value={rejectsKeep}
            onInput={setRejectsKeep}
            fault={fault("/rejects_keep_days")}
          />
        </div>
        {sending.problem && <ProblemNote problem={sending.problem} />}
        <div>
          <RoleButton least="owner" kind="primary" type="submit" isBusy={sending.isBusy}>
            Save
          </RoleButton>
        </div>
      </form>
    </Panel>
  );
}

function Usage({ project }: { project: Project }) {
  const asked = useAsked(`usage ${project.id}`, (signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/usage", {
        params: { path: { project_id: project.id } },
        signal,
      }),
    ),
  );
  return (
    <Panel title="What it holds">
      <Answered asked={asked}>
        {(usage) => (
          <Facts
            items={[
              ["Readings", countText(usage.readings)],
              ["Sensors", countText(usage.sensors)],
              ["Members", countText(usage.members)],
              ["Gateway tokens", countText(usage.ingest_tokens)],
              ["Files of imports", `${countText(usage.import_files)}, ${bytesText(usage.import_bytes)}`],
              ["Room for imports", bytesText(usage.limits.import_bytes)],
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}

function daysText(days: number | null | undefined): string {
  return days === null || days === undefined ? "" : String(days);
}

function daysOf(text: string): number | null {
  const days = numberOr(text);
  return days === "" ? null : Number(days);
}
