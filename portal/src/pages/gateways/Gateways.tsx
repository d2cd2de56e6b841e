/** Who sends, how well it goes, and what was rejected. */

import { api, ask } from "../../api/client.ts";
import type { Producer } from "../../api/types.ts";
import { countText, rateText } from "../../numbers.ts";
import { projectId } from "../../session.ts";
import { durationText } from "../../times.ts";
import { RoleLink } from "../../ui/buttons.tsx";
import { ForRaw } from "../../ui/ForRole.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { ChoiceFilter, FilterField } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { RejectGroups } from "./RejectGroups.tsx";

const REFRESH_MS = 3000;

const STATES = [
  ["", "All gateways"],
  ["connected", "Connected"],
  ["away", "Away"],
] as const;

const COLUMNS: Column<Producer>[] = [
  { name: "Gateway", least: 140, grow: 2, cell: (each) => <strong>{each.name}</strong> },
  {
    name: "State",
    least: 110,
    grow: 0,
    cell: (each) => <Badge tone={each.connected ? "ok" : ""}>{each.connected ? "connected" : "away"}</Badge>,
  },
  { name: "Rate", least: 84, isNumber: true, cell: (each) => rateText(each.rate_hz) },
  {
    name: "Delay",
    least: 84,
    isNumber: true,
    cell: (each) =>
      each.delay_s === null ? (
        "–"
      ) : (
        <span class="nowrap">{durationText(Math.round(each.delay_s * 1e3) * 1e3)}</span>
      ),
  },
  { name: "Last stored", least: 116, grow: 0, cell: (each) => <Time at={each.last_commit_at} isAgo /> },
  { name: "Frame", least: 84, isNumber: true, isExtra: true, cell: (each) => countText(each.last_seq) },
  { name: "Sensors", least: 80, isNumber: true, isExtra: true, cell: (each) => each.sensors ?? "–" },
  {
    name: "Rejected, 24 h",
    least: 116,
    isNumber: true,
    cell: (each) => (each.rejected_24h ? <Badge tone="bad">{countText(each.rejected_24h)}</Badge> : "0"),
  },
  { name: "Program", least: 110, isExtra: true, cell: (each) => each.agent ?? "–" },
  {
    name: "Lost",
    least: 90,
    grow: 0,
    isExtra: true,
    cell: (each) => (each.gaps.length ? <Badge tone="warn">{each.gaps.length} gaps</Badge> : "none"),
  },
];

export default function Gateways() {
  const project = projectId.value;
  const filters = useFilters("gateways");
  const { told, set } = filters;
  const q = told("q");
  const state = STATES.find(([name]) => name === told("state"))?.[0] ?? "";
  const list = useList(
    project && `gateways ${project} ${state} ${q}`,
    (cursor, signal) => {
      const query = {
        limit: 100,
        cursor,
        ...(q ? { q } : {}),
        ...(state ? { connected: state === "connected" } : {}),
      };
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/producers", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <Page
      title="Gateways"
      tools={
        <RoleLink least="editor" kind="primary" icon="plus" href="/gateways/connect">
          Connect a gateway
        </RoleLink>
      }
    >
      <Panel title="What sends" isBare>
        <div class="filters">
          <ChoiceFilter
            label="Which gateways"
            value={state}
            choices={STATES}
            onChange={(chosen) => set({ state: chosen })}
          />
          <FilterField filters={filters} name="q" label="Filter by name" />
        </div>
        <ListTable
          label="Gateways"
          name="gateways"
          list={list}
          columns={COLUMNS}
          keyOf={(each) => each.id}
          empty={
            <Empty title={q || state ? "No gateway fits" : "No gateway has sent anything yet"}>
              {!q && !state && (
                <>
                  <p>Requests that name no producer, such as a first reading by curl, are not listed here.</p>
                  <RoleLink least="editor" href="/gateways/connect">
                    Connect a gateway
                  </RoleLink>
                </>
              )}
            </Empty>
          }
        />
      </Panel>
      <ForRaw title="Rejected readings">
        <RejectGroups />
      </ForRaw>
    </Page>
  );
}
