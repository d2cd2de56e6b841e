/** A new version: kind, numbers, its curve, and what the last hour would have been by it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { KindOfProfile, Profile, Sensor } from "../../../api/types.ts";
import { RoleButton } from "../../../ui/buttons.tsx";
import { ForRaw, RoleNote } from "../../../ui/ForRole.tsx";
import { SelectField, TextField } from "../../../ui/forms/fields.tsx";
import { SchemaForm } from "../../../ui/forms/SchemaForm.tsx";
import type { JsonSchema } from "../../../ui/forms/schema.ts";
import { ProblemNote } from "../../../ui/notes.tsx";
import { Panel } from "../../../ui/Page.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { useSending } from "../../../ui/requests/sending.ts";
import { curveOf, type ProfileDraft, rawRange } from "../curve.ts";
import { CurvePlot } from "./CurvePlot.tsx";
import { type CertificatePoint, FitPoints } from "./FitPoints.tsx";
import { ImportFile } from "./ImportFile.tsx";
import { LastHour, useLastHour } from "./LastHour.tsx";

export function ProfileEditor(props: {
  sensor: Sensor;
  kinds: KindOfProfile[];
  start: ProfileDraft;
  startNote: string;
  current: ProfileDraft | null;
  onImported: (draft: ProfileDraft, note: string) => void;
  onSaved: (profile: Profile) => void;
}) {
  const { sensor, kinds, current } = props;
  const [draft, setDraft] = useState(props.start);
  const [note, setNote] = useState(props.startNote);
  const [points, setPoints] = useState<CertificatePoint[]>([]);
  const kind = kinds.find((each) => each.name === draft.kind);
  const hour = useLastHour(sensor);
  const [low, high] = rawRange(draft.payload, hour.data?.measured ?? null, points);
  const asked = useAsked(
    `curve ${JSON.stringify(draft)} ${low} ${high}`,
    (signal) => curveOf(draft, low, high, signal),
    0,
    true,
  );
  const old = useAsked(
    current && `curve ${JSON.stringify(current)} ${low} ${high}`,
    (signal) => curveOf(current ?? draft, low, high, signal),
    0,
    true,
  );
  const saving = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/sensors/{sensor_id}/conversion-profiles", {
          params: { path: { sensor_id: sensor.id }, header: { "idempotency-key": key } },
          body: { ...draft, note },
        }),
      ),
    props.onSaved,
  );
  const problem = saving.problem ?? asked.problem;
  return (
    <div class="columns">
      <Panel title="A new version">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            saving.send();
          }}
        >
          <SelectField
            label="Kind"
            value={draft.kind}
            choices={kinds.map((each) => [each.name, each.title] as const)}
            onChange={(name) => {
              const example = kinds.find((each) => each.name === name)?.example ?? {};
              setPoints([]);
              setDraft({ kind: name, payload: example as Record<string, unknown> });
            }}
          />
          {kind && <KindFacts kind={kind} />}
          {kind && (
            <SchemaForm
              key={draft.kind}
              schema={kind.schema as JsonSchema}
              value={draft.payload}
              pointer="/payload"
              problem={problem}
              onChange={(payload) => {
                saving.forget();
                setDraft({ ...draft, payload: payload as Record<string, unknown> });
              }}
            />
          )}
          {kind?.can_be_fitted && (
            <FitPoints
              key={draft.kind}
              kind={draft.kind}
              unit={sensor.output_unit ?? ""}
              onFitted={(payload, fitted) => {
                setPoints(fitted);
                setDraft({ ...draft, payload });
              }}
            />
          )}
          <ImportFile onChosen={props.onImported} />
          <TextField
            label="Note"
            hint="Certificate, date, who"
            value={note}
            onInput={setNote}
            fault={problem?.faultOf("/note") ?? null}
          />
          {problem && <ProblemNote problem={problem} />}
          <div>
            <RoleNote least="editor" />
            <RoleButton least="editor" kind="primary" type="submit" isBusy={saving.isBusy}>
              Save version
            </RoleButton>
          </div>
        </form>
      </Panel>
      <div class="stack">
        <Panel title="Curve">
          {asked.data && (
            <CurvePlot
              curve={asked.data}
              old={current && old.data ? old.data : null}
              points={points}
              input={sensor.input_unit ?? ""}
              output={sensor.output_unit ?? ""}
            />
          )}
          <p class="muted">
            {current ? "Dashed: the version that holds now. " : ""}Shaded: values that are flagged.
            {points.length > 0 && " Circles: points of the certificate."}
          </p>
        </Panel>
        <ForRaw title="The last hour, old and new">
          <Panel title="The last hour, old and new" isBare>
            <LastHour sensor={sensor} hour={hour} draft={draft} />
          </Panel>
        </ForRaw>
      </div>
    </div>
  );
}

function KindFacts({ kind }: { kind: KindOfProfile }) {
  return (
    <div class="note">
      <span>{kind.description}</span>
      <code style="overflow-wrap: anywhere">{kind.formula}</code>
      <span class="muted">
        <Coded text={`Valid for ${kind.valid_range}. Accurate to ${kind.accuracy}. Source: ${kind.source}`} />
      </span>
    </div>
  );
}

/** Names of fields, which stand between backticks, as code. */
function Coded({ text }: { text: string }) {
  return <>{text.split("`").map((part, place) => (place % 2 ? <code key={part}>{part}</code> : part))}</>;
}
