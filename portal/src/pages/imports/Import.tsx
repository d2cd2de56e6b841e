/** One import: its file on the way, how it is read, and what came of it. */

import { useEffect, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { Problem } from "../../api/problems.ts";
import type { Import } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { turnTo } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Confirm } from "../../ui/dialogs.tsx";
import { Facts, Meter, Status, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { Table } from "../../ui/tables/table.tsx";
import { ImportPreview } from "./ImportPreview.tsx";
import { chosenFiles, sendFile } from "./upload.ts";

const REFRESH_MS = 1500;
type Verb = "pause" | "resume" | "cancel" | "undo";

const MOVES: Record<Import["status"], Verb[]> = {
  uploading: ["cancel"],
  ready: ["cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  finished: ["undo"],
  failed: ["undo"],
  cancelled: ["undo"],
  undoing: [],
  undone: [],
};
const NAMES: Record<Verb, string> = { pause: "Pause", resume: "Go on", cancel: "Cancel", undo: "Undo" };

export default function ImportPage() {
  const id = useRoute().params.id ?? "";
  const [isOver, setOver] = useState(false);
  const asked = useAsked(
    `import ${id}`,
    (signal) => ask(api.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } }, signal })),
    isOver ? 0 : REFRESH_MS,
  );
  const item = asked.data;
  useEffect(() => {
    if (!item) return;
    turnTo(item.project_id);
    setOver(!["uploading", "running", "undoing"].includes(item.status));
  }, [item]);
  return (
    <ItemPage title="Import" asked={asked}>
      {(found) => <Known item={found} again={asked.again} />}
    </ItemPage>
  );
}

function Known({ item, again }: { item: Import; again: () => void }) {
  const [confirmed, setConfirmed] = useState<Verb | null>(null);
  const act = useSending(
    async (_key: string, verb: Verb) => control(item.id, verb),
    () => {
      setConfirmed(null);
      again();
    },
  );
  const moves = MOVES[item.status].filter((verb) => verb !== "undo" || item.accepted > 0);
  return (
    <Page
      title={item.file_name}
      head={<Status status={item.status} />}
      tools={moves.map((verb) => (
        <RoleButton
          key={verb}
          least="editor"
          kind={verb === "undo" || verb === "cancel" ? "danger" : undefined}
          isBusy={act.isBusy}
          onClick={() => (verb === "undo" ? setConfirmed(verb) : act.send(verb))}
        >
          {NAMES[verb]}
        </RoleButton>
      ))}
    >
      {act.problem && !confirmed && <ProblemNote problem={act.problem} />}
      {item.failure && <p class="note bad">{item.failure}</p>}
      {item.status === "uploading" && <Uploading item={item} again={again} />}
      {item.status === "ready" && <ImportPreview item={item} again={again} />}
      {["undoing", "undone"].includes(item.status) && <Undoing item={item} />}
      {!["uploading", "ready"].includes(item.status) && <Result item={item} />}
      {confirmed && (
        <Confirm
          title="Take this import back?"
          verb="Undo"
          isBusy={act.isBusy}
          onConfirm={() => act.send(confirmed)}
          onClose={() => {
            act.forget();
            setConfirmed(null);
          }}
        >
          <p>
            {countText(item.accepted)} readings that it has stored are taken out again. Readings from
            elsewhere stay, even if they are equal; so do sensors that were made for it.
          </p>
          {act.problem && <ProblemNote problem={act.problem} />}
        </Confirm>
      )}
    </Page>
  );
}

/** How much of what it has stored is out again. */
function Undoing({ item }: { item: Import }) {
  return (
    <Panel title={item.status === "undone" ? "Taken back" : "Being taken back"}>
      <div class="stack">
        <Meter
          share={item.status === "undone" ? 1 : item.removed / Math.max(item.accepted, 1)}
          label="Readings that are out again"
        />
        <Facts
          items={[
            ["Taken out", `${countText(item.removed)} of ${countText(item.accepted)}`],
            ["Done", <Time key="d" at={item.undone_at} />],
          ]}
        />
      </div>
    </Panel>
  );
}

function Uploading({ item, again }: { item: Import; again: () => void }) {
  const [file, setFile] = useState(() => chosenFiles.get(item.id) ?? null);
  const [sent, setSent] = useState(item.received_bytes);
  const [trouble, setTrouble] = useState<Problem | null>(null);
  const isOther = file !== null && file.size !== item.size_bytes;
  useEffect(() => {
    if (!file || isOther) return;
    const control = new AbortController();
    sendFile(item, file, control.signal, (at, problem) => {
      setSent(at.received_bytes);
      setTrouble(problem);
    }).then(again, setTrouble);
    return () => control.abort();
  }, [file]);
  return (
    <Panel title="On the way">
      <div class="stack">
        <Meter share={sent / Math.max(item.size_bytes, 1)} label="Sent" />
        <span>
          {bytesText(sent)} of {bytesText(item.size_bytes)}
        </span>
        {trouble && <ProblemNote problem={trouble} />}
        {isOther && <p class="note warn">That is another file: this one has {bytesText(item.size_bytes)}.</p>}
        {(!file || isOther) && (
          <label class="field">
            <span>Choose the same file again: it goes on from where it was cut.</span>
            <input type="file" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
          </label>
        )}
      </div>
    </Panel>
  );
}

function Result({ item }: { item: Import }) {
  const rejected = Object.entries(item.rejected).map(([code, count]) => `${countText(count)} ${code}`);
  const unreadable = Object.entries(item.unreadable).map(([code, count]) => `${countText(count)} ${code}`);
  const total = item.rows_total ?? item.rows_done;
  return (
    <>
      <Panel title="What came of it">
        <div class="stack">
          <Meter
            share={item.status === "finished" ? 1 : item.rows_done / Math.max(total, 1)}
            label="Rows that are read"
          />
          <Facts
            items={[
              [
                "Rows",
                `${countText(item.rows_done)} of ${item.rows_total === null ? "?" : countText(item.rows_total)}`,
              ],
              ["Stored", countText(item.accepted)],
              ["Empty", countText(item.empty)],
              ["Rejected", rejected.join(", ") || "none"],
              ["Not readable", unreadable.join(", ") || "none"],
              ["Begun", <Time key="b" at={item.started_at} />],
              ["Ended", <Time key="e" at={item.ended_at} />],
            ]}
          />
        </div>
      </Panel>
      {item.unreadable_rows.length > 0 && (
        <Panel title="Rows that can't be read" isBare>
          <Table
            label="Rows that can't be read"
            rows={item.unreadable_rows}
            keyOf={(row) => `${row.row} ${row.column}`}
            columns={[
              { name: "Row", isNumber: true, cell: (row) => countText(row.row) },
              { name: "Column", cell: (row) => row.column ?? "–" },
              { name: "Why", cell: (row) => <code>{row.code}</code> },
              { name: "Text", cell: (row) => <code>{row.text}</code> },
            ]}
          />
        </Panel>
      )}
    </>
  );
}

async function control(id: string, verb: Verb): Promise<Import> {
  const params = { path: { import_id: id } };
  switch (verb) {
    case "pause":
      return ask(api.POST("/api/v1/imports/{import_id}:pause", { params }));
    case "resume":
      return ask(api.POST("/api/v1/imports/{import_id}:resume", { params }));
    case "cancel":
      return ask(api.POST("/api/v1/imports/{import_id}:cancel", { params }));
    case "undo":
      return ask(api.POST("/api/v1/imports/{import_id}:undo", { params }));
  }
}
