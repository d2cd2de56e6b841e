/** The project's sensors: which are there, which are alive, what they say. */

import { useMemo, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ListedSensor } from "../../api/types.ts";
import { rateText } from "../../numbers.ts";
import { keep } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { Button, RoleButton, RoleLink } from "../../ui/buttons.tsx";
import { ConnectionDot, Status, Tags, Time } from "../../ui/facts.tsx";
import { FacetedList, SearchField } from "../../ui/lists/Facets.tsx";
import { useQuery } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { MOST_SENSORS } from "../../view.ts";
import { LastValue } from "../parts/LastValue.tsx";
import { SensorFacets } from "./SensorFacets.tsx";
import { NewSensor } from "./SensorForms.tsx";
import { movesOf, SensorMove } from "./SensorMove.tsx";
import {
  askedOfSensors,
  countSensorFilters,
  readSensorFilters,
  type SensorFilters,
  type SensorSort,
  writeSensorFilters,
} from "./sensorFilters.ts";

const REFRESH_MS = 5000;
const COUNT_MS = 30_000;

export default function Sensors() {
  const project = projectId.value;
  const [query, setQuery] = useQuery(project && `sensors.${project}`);
  const [isNew, setNew] = useState(false);
  const [chosen, setChosen] = useState<ReadonlyMap<string, ListedSensor>>(new Map());
  const [turned, setTurned] = useState<ListedSensor | null>(null);
  const filters = readSensorFilters(query);
  const change = (next: SensorFilters) => setQuery(writeSensorFilters(next));
  const question = askedOfSensors(filters);
  const key = project && `${project} ${JSON.stringify(question)}`;
  const path = { project_id: project ?? "" };
  const list = useList(
    key && `sensors ${key} ${filters.sort}`,
    async (cursor, signal) => {
      const page = { sort: filters.sort, include: ["latest" as const], limit: 100, cursor };
      const params = { path, query: { ...question, ...page } };
      const answer = await ask(api.GET("/api/v1/projects/{project_id}/sensors", { params, signal }));
      keep(answer.items);
      return answer;
    },
    REFRESH_MS,
  );
  const counts = useAsked(
    key && `facets of sensors ${key}`,
    (signal) =>
      ask(
        api.GET("/api/v1/projects/{project_id}/sensors/facets", {
          params: { path, query: question },
          signal,
        }),
      ),
    COUNT_MS,
    true,
  );
  const again = () => {
    list.again();
    counts.again();
  };
  const columns = useMemo(() => columnsOf(setTurned), []);
  const choose = (sensors: ListedSensor[], isOn: boolean) => {
    const next = new Map(chosen);
    for (const sensor of sensors) isOn ? next.set(sensor.id, sensor) : next.delete(sensor.id);
    setChosen(next);
  };
  const found = countSensorFilters(filters);
  const total = Object.values(counts.data?.status ?? {}).reduce((sum, count) => sum + count, 0);
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
        <FacetedList
          chosen={found}
          onClear={() => change({ ...readSensorFilters(""), sort: filters.sort })}
          facets={
            <>
              <SearchField
                label="Filter by key or name"
                value={filters.text}
                onChange={(text) => change({ ...filters, text })}
              />
              <SensorFacets counts={counts.data} filters={filters} onChange={change} />
            </>
          }
        >
          {chosen.size > 0 && (
            <ChosenSensors sensors={[...chosen.values()]} onClear={() => setChosen(new Map())} />
          )}
          <ListTable
            label="Sensors"
            name="sensors"
            list={list}
            columns={columns}
            keyOf={(sensor) => sensor.id}
            sort={filters.sort}
            onSort={(sort) => change({ ...filters, sort: sort as SensorSort })}
            total={counts.data && !counts.isAsking ? total : undefined}
            choice={{ chosen, nameOf: (sensor) => sensor.key, onChoose: choose }}
            empty={
              <Empty title={found ? "No sensor fits" : "No sensors yet"}>
                {!found && (
                  <RoleLink least="editor" href="/gateways/connect">
                    Connect a gateway
                  </RoleLink>
                )}
              </Empty>
            }
          />
        </FacetedList>
      </Panel>
      {isNew && <NewSensor onClose={() => setNew(false)} onMade={again} />}
      {turned && (
        <SensorMove
          sensor={turned}
          move={movesOf(turned)[0]}
          onDone={again}
          onClose={() => setTurned(null)}
        />
      )}
    </Page>
  );
}

function ChosenSensors({ sensors, onClear }: { sensors: ListedSensor[]; onClear: () => void }) {
  const named = sensors.map((sensor) => `s=${sensor.id}`).join("&");
  return (
    <section class="row filters" aria-label="What is chosen">
      <strong>{sensors.length} chosen</strong>
      {sensors.length <= MOST_SENSORS ? (
        <>
          <a class="button" href={`/explore?${named}&live=1h`}>
            Explore
          </a>
          <a class="button" href={`/live?${named}`}>
            Watch live
          </a>
        </>
      ) : (
        <span class="muted">At most {MOST_SENSORS} are drawn together</span>
      )}
      <Button kind="quiet" onClick={onClear}>
        Choose none
      </Button>
    </section>
  );
}

function columnsOf(turn: (sensor: ListedSensor) => void): Column<ListedSensor>[] {
  return [
    {
      name: "Sensor",
      sort: "key",
      least: 190,
      grow: 2,
      cell: (sensor) => (
        <span class="row nowrap-row">
          <ConnectionDot connection={sensor.connection} />
          <a class="cut" href={`/sensors/${sensor.id}`}>
            {sensor.key}
          </a>
        </span>
      ),
    },
    { name: "Name", sort: "name", isExtra: true, least: 140, cell: (sensor) => sensor.name ?? "" },
    {
      name: "Last value",
      isNumber: true,
      least: 130,
      cell: (sensor) => <LastValue sensor={sensor} />,
    },
    { name: "Rate", isNumber: true, least: 84, cell: (sensor) => rateText(sensor.rate_hz) },
    {
      name: "Last seen",
      sort: "last_seen_at",
      least: 110,
      grow: 0,
      cell: (sensor) => <Time at={sensor.last_seen_at} isAgo />,
    },
    {
      name: "State",
      isExtra: true,
      least: 120,
      grow: 0,
      cell: (sensor) => <Status status={sensor.status ?? "active"} />,
    },
    { name: "Kind", isOffered: true, least: 110, cell: (sensor) => sensor.kind ?? "" },
    { name: "Tags", isExtra: true, least: 120, cell: (sensor) => <Tags tags={sensor.tags} /> },
    {
      name: "Made",
      sort: "created_at",
      isOffered: true,
      least: 214,
      grow: 0,
      cell: (sensor) => <Time at={sensor.created_at} />,
    },
    {
      name: "",
      least: 104,
      cell: (sensor) => (
        <RoleButton least="editor" kind="quiet" onClick={() => turn(sensor)}>
          {movesOf(sensor)[0].verb}
        </RoleButton>
      ),
    },
  ];
}
