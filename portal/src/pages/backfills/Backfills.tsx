/** History converted anew: what is planned, what runs, what can be taken back. */

import { api, ask } from "../../api/client.ts";
import type { Backfill } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { projectId } from "../../session.ts";
import { durationText } from "../../times.ts";
import { RoleLink } from "../../ui/buttons.tsx";
import { Badge, Meter, Status, Time } from "../../ui/facts.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";

const REFRESH_MS = 2000;

const COLUMNS: Column<Backfill>[] = [
  {
    name: "Backfill",
    least: 150,
    grow: 2,
    cell: (each) => (
      <a href={`/backfills/${each.id}`} style="display: inline-block; min-width: 120px">
        {each.reason}
      </a>
    ),
  },
  {
    name: "Status",
    least: 170,
    grow: 0,
    cell: (each) => (
      <span class="row" style="flex-wrap: nowrap; gap: 4px">
        <Status status={each.status} />
        {each.dry_run && <Badge>dry run</Badge>}
      </span>
    ),
  },
  {
    name: "Done",
    least: 116,
    grow: 0,
    cell: (each) => (
      <div style="width: 90px; padding-top: 6px">
        <Meter
          share={each.readings_total ? each.readings_done / each.readings_total : 0}
          label={`Done of ${each.reason}`}
        />
      </div>
    ),
  },
  { name: "Readings", least: 110, isNumber: true, cell: (each) => countText(each.readings_total) },
  {
    name: "Left",
    least: 90,
    isNumber: true,
    isExtra: true,
    cell: (each) => (each.eta_s === null ? "–" : durationText(Math.ceil(each.eta_s) * 1e6)),
  },
  { name: "Asked", least: 120, grow: 0, cell: (each) => <Time at={each.created_at} isAgo /> },
];

export default function Backfills() {
  const project = projectId.value;
  const list = useList(
    project && `backfills ${project}`,
    (cursor, signal) => {
      const params = { path: { project_id: project ?? "" }, query: { limit: 50, cursor } };
      return ask(api.GET("/api/v1/projects/{project_id}/backfills", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <Page
      title="Backfills"
      tools={
        <RoleLink least="editor" kind="primary" icon="plus" href="/backfills/new">
          New backfill
        </RoleLink>
      }
    >
      <Panel isBare>
        <ListTable
          label="Backfills"
          name="backfills"
          list={list}
          columns={COLUMNS}
          keyOf={(each) => each.id}
          empty={
            <Empty title="No backfills yet">
              <p>
                A backfill converts stored readings again, by the calibrations that hold now. A dry run tells
                first what would change.
              </p>
              <RoleLink least="editor" href="/backfills/new">
                New backfill
              </RoleLink>
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
