/** Names, limits of age, how long things are kept, who sees raw values; what the project holds. */

import { api, ask } from "../../api/client.ts";
import type { Project } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { readProjects } from "../../session.ts";
import { DAY, SECOND } from "../../times.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { ForRole, RoleNote } from "../../ui/ForRole.tsx";
import { Facts } from "../../ui/facts.tsx";
import { ConflictNote, useEditing } from "../../ui/forms/editing.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { numberOr } from "../../ui/forms/schema.ts";
import { Answered, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { Archived, filedText } from "../parts/Archived.tsx";

const DAY_S = DAY / SECOND;
const GB = 1e9;

export function ProjectSettings({ project }: { project: Project }) {
  return (
    <div class="columns">
      <SettingsForm key={project.id} project={project} />
      <ForRole least="editor" title="What it holds">
        <Usage project={project} />
      </ForRole>
    </div>
  );
}

interface Typed {
  name: string;
  description: string;
  rawAccess: NonNullable<Project["raw_access"]>;
  age: string;
  rawKeep: string;
  rollupKeep: string;
  archiveAfter: string;
  rejectsKeep: string;
  template: string;
  registerUpTo: string;
  filesGb: string;
}

function SettingsForm({ project }: { project: Project }) {
  const path = { project_id: project.id };
  const { typed, set, sending, conflict } = useEditing({
    item: project,
    typedOf: (item) => typedOf(item ?? project),
    told,
    read: async () => ask(api.GET("/api/v1/projects/{project_id}", { params: { path } })),
    write: async (fields, { etag }) => {
      const params = { path, header: { "if-match": etag } };
      return ask(api.PATCH("/api/v1/projects/{project_id}", { params, body: bodyOf(fields) }));
    },
    onDone: () => {
      toast("Saved");
      readProjects().catch(toastProblem);
    },
  });
  const fault = (at: string) => sending.problem?.faultOf(at) ?? null;
  return (
    <Panel title="Settings">
      <RoleNote least="owner" />
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          sending.send();
        }}
      >
        <TextField
          label="Name"
          isRequired
          value={typed.name}
          onInput={(name) => set({ name })}
          fault={fault("/name")}
        />
        <TextField
          label="Description"
          isLong
          value={typed.description}
          onInput={(description) => set({ description })}
          fault={fault("/description")}
        />
        <SelectField
          label="Raw values are seen by"
          value={typed.rawAccess}
          choices={[
            ["members", "all members"],
            ["editors", "editors and owners: viewers see physical values only"],
          ]}
          onChange={(rawAccess) => set({ rawAccess })}
        />
        <div class="pair">
          <TextField
            label="Oldest reading that is taken, days"
            value={typed.age}
            onInput={(age) => set({ age })}
            fault={fault("/max_age_s")}
          />
          <TextField
            label="Readings are kept, days"
            hint="Empty: for ever"
            value={typed.rawKeep}
            onInput={(rawKeep) => set({ rawKeep })}
            fault={fault("/raw_keep_days")}
          />
          <TextField
            label="Roll-ups are kept, days"
            hint="Empty: for ever"
            value={typed.rollupKeep}
            onInput={(rollupKeep) => set({ rollupKeep })}
            fault={fault("/rollup_keep_days")}
          />
          <TextField
            label="Readings go to files after, days"
            hint="Empty: as the operator says"
            value={typed.archiveAfter}
            onInput={(archiveAfter) => set({ archiveAfter })}
            fault={fault("/archive_after_days")}
          />
          <TextField
            label="Rejected readings are kept, days"
            value={typed.rejectsKeep}
            onInput={(rejectsKeep) => set({ rejectsKeep })}
            fault={fault("/rejects_keep_days")}
          />
          <TextField
            label="Sensors' keys of line protocol"
            hint="{measurement}, {tags}, {tag:name}, {field}"
            value={typed.template}
            onInput={(template) => set({ template })}
            fault={fault("/sensor_key_template")}
          />
          <TextField
            label="Unknown keys become sensors, up to"
            hint="0: their readings are rejected"
            value={typed.registerUpTo}
            onInput={(registerUpTo) => set({ registerUpTo })}
            fault={fault("/register_sensors_up_to")}
          />
          <TextField
            label="Files of runs may take, GB"
            hint="Empty: what every project may"
            value={typed.filesGb}
            onInput={(filesGb) => set({ filesGb })}
            fault={fault("/artifact_quota_bytes")}
          />
        </div>
        <ConflictNote conflict={conflict} />
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
              ["Of these in files", <Archived key="a" archive={usage.archive} />],
              ["They go to files", filedText(project.archive_after_days ?? usage.limits.archive_after_days)],
              ["Sensors", countText(usage.sensors)],
              ["Members", countText(usage.members)],
              ["Gateway tokens", countText(usage.ingest_tokens)],
              [
                "Files of runs",
                `${countText(usage.artifact_files)}, ${bytesText(usage.artifact_bytes)} of ${bytesText(usage.limits.artifact_bytes)}`,
              ],
              ["Files of imports", `${countText(usage.import_files)}, ${bytesText(usage.import_bytes)}`],
              ["Room for imports", bytesText(usage.limits.import_bytes)],
            ]}
          />
        )}
      </Answered>
    </Panel>
  );
}

function typedOf(project: Project): Typed {
  return {
    name: project.name,
    description: project.description ?? "",
    rawAccess: project.raw_access ?? "members",
    age: String((project.max_age_s ?? 365 * DAY_S) / DAY_S),
    rawKeep: daysText(project.raw_keep_days),
    rollupKeep: daysText(project.rollup_keep_days),
    archiveAfter: daysText(project.archive_after_days),
    rejectsKeep: daysText(project.rejects_keep_days),
    template: project.sensor_key_template ?? "",
    registerUpTo: String(project.register_sensors_up_to ?? 0),
    filesGb: project.artifact_quota_bytes == null ? "" : String(project.artifact_quota_bytes / GB),
  };
}

function bodyOf(typed: Typed) {
  return {
    name: typed.name,
    description: typed.description,
    raw_access: typed.rawAccess,
    max_age_s: Math.round(Number(typed.age) * DAY_S),
    raw_keep_days: daysOf(typed.rawKeep),
    rollup_keep_days: daysOf(typed.rollupKeep),
    archive_after_days: daysOf(typed.archiveAfter),
    rejects_keep_days: Number(typed.rejectsKeep),
    sensor_key_template: typed.template,
    register_sensors_up_to: Number(typed.registerUpTo),
    artifact_quota_bytes: bytesOf(typed.filesGb),
  };
}

function told(typed: Typed): [string, string][] {
  return [
    ["Name", typed.name],
    ["Description", typed.description],
    ["Raw values are seen by", typed.rawAccess],
    ["Oldest reading that is taken, days", typed.age],
    ["Readings are kept, days", typed.rawKeep],
    ["Roll-ups are kept, days", typed.rollupKeep],
    ["Readings go to files after, days", typed.archiveAfter],
    ["Rejected readings are kept, days", typed.rejectsKeep],
    ["Sensors' keys of line protocol", typed.template],
    ["Unknown keys become sensors, up to", typed.registerUpTo],
    ["Files of runs may take, GB", typed.filesGb],
  ];
}

function daysText(days: number | null | undefined): string {
  return days === null || days === undefined ? "" : String(days);
}

function bytesOf(text: string): number | null {
  const gigabytes = numberOr(text);
  return typeof gigabytes === "number" ? Math.round(gigabytes * GB) : asTyped(gigabytes);
}

function daysOf(text: string): number | null {
  const days = numberOr(text);
  return typeof days === "number" ? days : asTyped(days);
}

/** Nothing is null. What is no number goes as it is, so that the API says what is wrong with it. */
function asTyped(text: string): number | null {
  return text.trim() === "" ? null : (text as never);
}
