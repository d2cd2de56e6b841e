import { api, ask } from "../../api/client.ts";
import type { Run } from "../../api/types.ts";
import { Status, Time } from "../../ui/facts.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { ListTable } from "../../ui/tables/table.tsx";

/** Who changed its state, when and why. */
export function RunHistory({ run }: { run: Run }) {
  const list = useList(`history ${run.id} ${run.version}`, (cursor, signal) => {
    const params = { path: { run_id: run.id }, query: { limit: 20, cursor } };
    return ask(api.GET("/api/v1/runs/{run_id}/history", { params, signal }));
  });
  return (
    <Panel title="History" isBare>
      <ListTable
        label="History of the run"
        list={list}
        keyOf={(change) => `${change.at} ${change.to}`}
        empty={<Empty title="Nothing has changed yet" />}
        columns={[
          { name: "When", least: 120, grow: 0, cell: (change) => <Time at={change.at} isAgo /> },
          {
            name: "What",
            least: 190,
            grow: 0,
            cell: (change) => (
              <span class="row" style="flex-wrap: nowrap; gap: 4px">
                <Status status={change.from} /> → <Status status={change.to} />
              </span>
            ),
          },
          { name: "Who", least: 130, cell: (change) => change.actor_name },
          { name: "Why", least: 130, isExtra: true, cell: (change) => change.reason },
        ]}
      />
    </Panel>
  );
}
