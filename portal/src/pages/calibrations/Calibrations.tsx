/** Sensors, and by what each is calibrated. */

import { useState } from "preact/hooks";
import type { ListedSensor } from "../../api/types.ts";
import { findSensorPage } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { RoleLink } from "../../ui/buttons.tsx";
import { Badge } from "../../ui/facts.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";

const COLUMNS: Column<ListedSensor>[] = [
  {
    name: "Sensor",
    least: 200,
    grow: 2,
    cell: (sensor) => <a href={`/calibrations/${sensor.id}`}>{sensor.key}</a>,
  },
  { name: "Name", least: 160, grow: 2, isExtra: true, cell: (sensor) => sensor.name },
  { name: "Sent in", least: 90, cell: (sensor) => sensor.input_unit },
  { name: "Physical unit", least: 110, cell: (sensor) => sensor.output_unit },
  {
    name: "State",
    least: 140,
    cell: (sensor) =>
      sensor.latest?.physical === null ? <Badge tone="warn">no physical value</Badge> : null,
  },
];

export default function Calibrations() {
  const [text, setText] = useState("");
  const project = projectId.value;
  const list = useList(project && `calibrated ${project} ${text.trim()}`, (cursor, signal) =>
    findSensorPage(project ?? "", text.trim(), signal, { limit: 100, cursor }),
  );
  return (
    <Page title="Calibrations">
      <Panel isBare>
        <div class="filters">
          <input
            type="search"
            aria-label="Filter sensors"
            placeholder="Filter sensors"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <ListTable
          label="Sensors"
          name="calibrations"
          list={list}
          keyOf={(sensor) => sensor.id}
          empty={
            text.trim() ? (
              <Empty title="No sensor fits" />
            ) : (
              <Empty title="This project has no sensors">
                <p>A calibration says how what a sensor sends becomes a physical value.</p>
                <RoleLink least="editor" kind="primary" href="/gateways/connect">
                  Connect a gateway
                </RoleLink>
              </Empty>
            )
          }
          columns={COLUMNS}
        />
      </Panel>
    </Page>
  );
}
