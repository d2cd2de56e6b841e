/** Who sends, how well it goes, and what was rejected. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Producer } from "../../api/types.ts";
import { countText, rateText } from "../../numbers.ts";
import { projectId } from "../../session.ts";
import { durationText } from "../../times.ts";
import { RoleLink } from "../../ui/buttons.tsx";
import { ForRaw } from "../../ui/ForRole.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { RejectGroups } from "./RejectGroups.tsx";

const REFRESH_MS = 3000;

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
  const [text, setText] = useState("");
  const project = projectId.value;
  const list = useList(
    project && `gateways ${project} ${text}`,
    (cursor, signal) => {
      const query = { limit: 100, cursor, ...(text ? { name: text } : {}) };
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/producers", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <Page
      title="Gateways"
      tools={
        <RoleLink least="editor" kind="primary" href="/gateways/connect">
          Connect a gateway
        </RoleLink>
      }
    >
      <Panel title="What sends" isBare>
        <div class="row filters">
          <input
            type="search"
            aria-label="Name of a gateway"
            placeholder="Exact name"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <ListTable
          label="Gateways"
          name="gateways"
          list={list}
          columns={COLUMNS}
          keyOf={(each) => each.id}
          empty={
            <Empty title={text ? "No gateway has this name" : "No gateway has sent anything yet"}>
              {!text && (
                <RoleLink least="editor" href="/gateways/connect">
                  Connect a gateway
                </RoleLink>
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
