/** The project's sensors: which are there, which are alive, what they say. */

import { useState } from "preact/hooks";
import { api, ask } from "../api/client.ts";
import type { ListedSensor } from "../api/types.ts";
import { rateText, valueText } from "../numbers.ts";
import { keep } from "../sensors.ts";
import { projectId } from "../session.ts";
import { RoleButton } from "../ui/buttons.tsx";
import { ConnectionDot, Status, Tags, Time } from "../ui/facts.tsx";
import { useList } from "../ui/lists.ts";
import { Empty } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { type Column, ListTable } from "../ui/table.tsx";
import { NewSensor } from "./sensors/SensorForms.tsx";

type Connection = "online" | "delayed" | "offline";
type Sort =
  | "key"
  | "-key"
  | "name"
  | "-name"
  | "last_seen_at"
  | "-last_seen_at"
  | "created_at"
  | "-created_at";

const REFRESH_MS = 5000;

const COLUMNS: Column<ListedSensor>[] = [
  {
    name: "Sensor",
    sort: "key",
    cell: (sensor) => (
      <span class="row" style="flex-wrap: nowrap">
        <ConnectionDot connection={sensor.connection} />
        <a href={`/sensors/${sensor.id}`}>{sensor.key}</a>
      </span>
    ),
  },
  { name: "Name", sort: "name", isExtra: true, cell: (sensor) => sensor.name },
  { name: "State", isExtra: true, cell: (sensor) => <Status status={sensor.status ?? "active"} /> },
  { name: "Last value", isNumber: true, cell: (sensor) => <LastValue sensor={sensor} /> },
  { name: "Rate", isNumber: true, cell: (sensor) => rateText(sensor.rate_hz) },
  { name: "Last seen", sort: "last_seen_at", cell: (sensor) => <Time at={sensor.last_seen_at} isAgo /> },
  { name: "Tags", isExtra: true, cell: (sensor) => <Tags tags={sensor.tags} /> },
];

export default function Sensors() {
  const [text, setText] = useState("");
  const [connection, setConnection] = useState<Connection | "">("");
  const [sort, setSort] = useState<Sort>("key");
  const [isNew, setNew] = useState(false);
  const project = projectId.value;
  const key = project && `${project} ${text} ${connection} ${sort}`;
  const list = useList(
    key,
    async (cursor, signal) => {
      const query = {
        q: text || undefined,
        connection: connection || undefined,
        sort,
        include: ["latest" as const],
        limit: 100,
        cursor,
      };
      const params = { path: { project_id: project ?? "" }, query };
      const page = await ask(api.GET("/api/v1/projects/{project_id}/sensors", { params, signal }));
      keep(page.items);
      return page;
    },
    REFRESH_MS,
  );
  return (
    <Page
      title="Sensors"
      tools={
        <RoleButton least="editor" kind="primary" icon="plus" onClick={() => setNew(true)}>
          New sensor
        </RoleButton>
      }
    >
      <Panel isBare>
        <div class="row filters">
          <input
            type="search"
            aria-label="Filter by key or name"
            placeholder="Filter by key or name"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <select
            aria-label="Connection"
            value={connection}
            onChange={(event) => setConnection(event.currentTarget.value as Connection | "")}
          >
            <option value="">Any connection</option>
            <option value="online">Online</option>
            <option value="delayed">Delayed</option>
            <option value="offline">Offline</option>
          </select>
        </div>
        <ListTable
          label="Sensors"
          list={list}
          columns={COLUMNS}
          keyOf={(sensor) => sensor.id}
          sort={sort}
          onSort={(next) => setSort(next as Sort)}
          empty={
            <Empty title={text || connection ? "No sensor fits" : "No sensors yet"}>
              {!text && !connection && (
                <a class="button" href="/gateways/connect">
                  Connect a gateway
                </a>
              )}
            </Empty>
          }
        />
      </Panel>
      {isNew && <NewSensor onClose={() => setNew(false)} onMade={list.again} />}
    </Page>
  );
}

function LastValue({ sensor }: { sensor: ListedSensor }) {
  const { latest } = sensor;
  if (!latest) return <span class="muted">–</span>;
  const isRaw = latest.physical === null;
  return (
    <span class="nowrap">
      {valueText(isRaw ? latest.raw : latest.physical)}{" "}
      <span class="muted">{isRaw ? `${sensor.input_unit || ""} raw` : sensor.output_unit}</span>
    </span>
  );
}
