/** How a file would be read: columns, first readings, what is open; then it is started. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Import, Previewed } from "../../api/types.ts";
import { countText, valueText } from "../../numbers.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Time } from "../../ui/facts.tsx";
import { CheckField, SelectField } from "../../ui/forms/fields.tsx";
import { Answered, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { Table } from "../../ui/tables/table.tsx";
import { MappingForm } from "./MappingForm.tsx";
import type { FileMapping } from "./mapping.ts";

// Of the sensors that a project lacks.
const MOST_NAMED = 5;

export function ImportPreview({ item, again }: { item: Import; again: () => void }) {
  const [how, setHow] = useState<FileMapping | null>(null);
  const asked = useAsked(
    `preview ${item.id} ${JSON.stringify(how)}`,
    (signal) =>
      ask(
        api.POST("/api/v1/imports/{import_id}:preview", {
          params: { path: { import_id: item.id } },
          body: how ? { how } : {},
          signal,
        }),
      ),
    0,
    true,
  );
  return (
    <Answered asked={asked}>
      {(preview) => (
        <>
          <HowItIsRead preview={preview} onHow={setHow} />
          <StartImport item={item} preview={preview} how={how ?? preview.how} again={again} />
          <Panel title="The first readings" isBare>
            <Table
              label="The first readings"
              rows={preview.readings}
              keyOf={(row) => `${row.row} ${row.sensor}`}
              columns={[
                { name: "Row", isNumber: true, cell: (row) => row.row },
                { name: "Sensor", cell: (row) => row.sensor },
                { name: "Time", cell: (row) => <Time at={row.time} /> },
                { name: "Value", isNumber: true, cell: (row) => valueText(row.value) },
              ]}
            />
          </Panel>
          {preview.unreadable.length > 0 && (
            <Panel title="Rows that can't be read" isBare>
              <Table
                label="Rows that can't be read"
                rows={preview.unreadable}
                keyOf={(row) => `${row.row} ${row.column}`}
                columns={[
                  { name: "Row", isNumber: true, cell: (row) => row.row },
                  { name: "Column", cell: (row) => row.column ?? "–" },
                  { name: "Why", cell: (row) => <code>{row.code}</code> },
                  { name: "Text", cell: (row) => <code>{row.text}</code> },
                ]}
              />
            </Panel>
          )}
        </>
      )}
    </Answered>
  );
}

function HowItIsRead({ preview, onHow }: { preview: Previewed; onHow: (how: FileMapping) => void }) {
  return (
    <Panel title="How it is read">
      <div class="stack">
        {preview.questions.map((question) => (
          <p key={question} class="note warn">
            {question}
          </p>
        ))}
        {preview.notes.map((note) => (
          <p key={note} class="muted">
            {note}
          </p>
        ))}
        {preview.how && preview.candidates.length < 2 && <p>Read as: {describe(preview.how)}.</p>}
        {preview.candidates.length > 1 && (
          <SelectField
            label="It could be read as"
            value={JSON.stringify(preview.how)}
            choices={[
              ...(preview.how ? [] : [["null", "Choose one"] as const]),
              ...preview.candidates.map((each) => [JSON.stringify(each), describe(each)] as const),
            ]}
            onChange={(chosen) => chosen !== "null" && onHow(JSON.parse(chosen) as FileMapping)}
          />
        )}
        <details open={!preview.how && preview.candidates.length < 2}>
          <summary>Say what each column is</summary>
          <MappingForm key={JSON.stringify(preview.how)} preview={preview} onHow={onHow} />
        </details>
      </div>
    </Panel>
  );
}

function StartImport(props: {
  item: Import;
  preview: Previewed;
  how: FileMapping | null | undefined;
  again: () => void;
}) {
  const { item, preview, how } = props;
  const [makesSensors, setMakesSensors] = useState(false);
  const [allowsRejects, setAllowsRejects] = useState(false);
  const [allowsRepeat, setAllowsRepeat] = useState(false);
  const sending = useSending(
    async () =>
      ask(
        api.POST("/api/v1/imports/{import_id}:start", {
          params: { path: { import_id: item.id } },
          body: {
            how: how ?? null,
            create_sensors: makesSensors,
            allow_rejects: allowsRejects,
            allow_repeat: allowsRepeat,
          },
        }),
      ),
    props.again,
  );
  const unknown = preview.unknown_sensors;
  return (
    <Panel title="Start">
      <div class="stack">
        {unknown.length > 0 && (
          <div class="note warn">
            <strong>
              The project has no sensor {unknown.slice(0, MOST_NAMED).join(", ")}
              {unknown.length > MOST_NAMED && `, and ${countText(unknown.length - MOST_NAMED)} others`}
            </strong>
            <span>
              They can be made as the file names them, or their readings go to the rejected ones, from where
              they can be replayed.
            </span>
            <CheckField
              label={`Make ${unknown.length === 1 ? "it" : `the ${countText(unknown.length)} of them`} first`}
              value={makesSensors}
              onChange={setMakesSensors}
            />
            <CheckField label="Start all the same" value={allowsRejects} onChange={setAllowsRejects} />
          </div>
        )}
        <CheckField
          label="The same file may be read a second time"
          value={allowsRepeat}
          onChange={setAllowsRepeat}
        />
        {sending.problem && <ProblemNote problem={sending.problem} />}
        <div>
          <RoleButton least="editor" kind="primary" isBusy={sending.isBusy} onClick={() => sending.send()}>
            Import it
          </RoleButton>
        </div>
      </div>
    </Panel>
  );
}

function describe(how: FileMapping): string {
  const { column, format, pattern, zone } = how.time;
  return [`time in ${column}`, pattern ?? format, zone, how.sensor && `sensor in ${how.sensor}`]
    .filter(Boolean)
    .join(", ");
}
