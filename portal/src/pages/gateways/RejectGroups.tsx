/** Rejected readings by reason: what each means, what to do, and the way to store them after all. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { RejectedReading, RejectGroup } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { projectId } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Time } from "../../ui/facts.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Answered, Empty, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { type Column, ListTable, Table } from "../../ui/tables/table.tsx";
import { toast } from "../../ui/toasts.tsx";

type Code = NonNullable<RejectGroup["code"]>;

const ADVICE: Record<Code, string> = {
  "unknown-channel": "The frame names a channel that its bind did not list. Mend the gateway's program.",
  "unknown-sensor": "No sensor has this key. Make it, then replay.",
  "sensor-inactive": "The sensor is switched off. Switch it on, then replay.",
  "not-finite": "NaN or infinity was sent: the instrument had no value.",
  "too-old": "The time lies before the project's horizon. Raise the horizon in Project, then replay.",
  "too-far-ahead":
    "The time lies more than ten minutes ahead. Set the gateway's clock; replay once that time has come.",
  "storage-refused": "The database refused the value. Replay; if it stays, ask an administrator.",
  "bad-value": "The value is no number.",
  "bad-time": "The time can't be read.",
};

export function RejectGroups() {
  const project = projectId.value ?? "";
  const [shown, setShown] = useState<RejectGroup | null>(null);
  const asked = useAsked(`reject groups ${project}`, (signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/rejected-readings/summary", {
        params: { path: { project_id: project }, query: { by: "code,sensor,producer" } },
        signal,
      }),
    ),
  );
  const replay = useSending(
    async (_key: string, group: RejectGroup) => replayAll(project, group),
    ({ replayed, rejected }) => {
      toast(`${countText(replayed)} stored, ${countText(rejected)} rejected again`, rejected ? "warn" : "ok");
      asked.again();
    },
  );
  return (
    <Panel title="Rejected readings" isBare>
      {replay.problem && <ProblemNote problem={replay.problem} />}
      <Answered asked={asked}>
        {({ items }) =>
          items.length ? (
            <Table
              label="Rejected readings by reason"
              rows={items}
              keyOf={keyOf}
              columns={[
                {
                  name: "Why",
                  cell: (group) => (
                    <div style="min-width: 180px">
                      <code>{group.code}</code>
                      <div class="muted">{group.code && ADVICE[group.code]}</div>
                    </div>
                  ),
                },
                { name: "Sensor", cell: (group) => group.sensor },
                { name: "Gateway", cell: (group) => group.producer ?? "–" },
                { name: "Readings", isNumber: true, cell: (group) => countText(group.count) },
                { name: "Last", cell: (group) => <Time at={group.last_received_at} isAgo /> },
                {
                  name: "",
                  cell: (group) => (
                    <div class="row" style="flex-wrap: nowrap">
                      <button
                        type="button"
                        class="button quiet"
                        aria-expanded={shown !== null && keyOf(shown) === keyOf(group)}
                        onClick={() => setShown(shown && keyOf(shown) === keyOf(group) ? null : group)}
                      >
                        Samples
                      </button>
                      <RoleButton
                        least="editor"
                        isBusy={replay.isBusy}
                        refused={
                          group.replayable
                            ? null
                            : "What was sent can't become a reading, however often it is tried"
                        }
                        onClick={() => replay.send(group)}
                      >
                        Replay
                      </RoleButton>
                    </div>
                  ),
                },
              ]}
            />
          ) : (
            <Empty title="Nothing was rejected">
              <p>What can't be stored is kept here, with the reason, and can be replayed.</p>
            </Empty>
          )
        }
      </Answered>
      {shown && <Samples key={keyOf(shown)} group={shown} project={project} />}
    </Panel>
  );
}

/** All that was rejected for a reason, as far as one scrolls. */
function Samples({ group, project }: { group: RejectGroup; project: string }) {
  const list = useList(`samples ${project} ${keyOf(group)}`, (cursor, signal) => {
    const params = { path: { project_id: project }, query: { ...filterOf(group), limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/rejected-readings", { params, signal }));
  });
  return (
    <ListTable
      label="Samples of what was rejected"
      list={list}
      keyOf={(row) => row.id}
      columns={SAMPLE_COLUMNS}
      empty={<Empty title="Nothing is left of it" />}
    />
  );
}

const SAMPLE_COLUMNS: Column<RejectedReading>[] = [
  { name: "Received", least: 214, grow: 0, cell: (row) => <Time at={row.received_at} /> },
  { name: "Reading's time", least: 214, grow: 0, cell: (row) => <Time at={row.t_us} /> },
  {
    name: "What was sent",
    least: 150,
    cell: (row) => (
      <>
        <code>{row.text ?? String(row.value ?? "–")}</code>{" "}
        {row.detail && <span class="muted">{row.detail}</span>}
      </>
    ),
  },
  { name: "Replayed", least: 120, grow: 0, cell: (row) => <Time at={row.replayed_at} isAgo /> },
];

/** Page after page, until the last. */
async function replayAll(project: string, group: RejectGroup) {
  const total = { replayed: 0, rejected: 0 };
  let cursor: string | null = null;
  do {
    const body = { ...filterOf(group), ...(cursor ? { cursor } : {}) };
    const done: { replayed: number; rejected: number; next_cursor: string | null } = await ask(
      api.POST("/api/v1/projects/{project_id}/rejected-readings:replay", {
        params: { path: { project_id: project } },
        body,
      }),
    );
    total.replayed += done.replayed;
    total.rejected += done.rejected;
    cursor = done.next_cursor;
  } while (cursor);
  return total;
}

function filterOf({ code, sensor, producer }: RejectGroup) {
  return {
    ...(code ? { code } : {}),
    ...(sensor ? { sensor } : {}),
    ...(producer ? { producer } : {}),
  };
}

function keyOf({ code, sensor, producer }: RejectGroup): string {
  return [code, sensor, producer].join(" ");
}
