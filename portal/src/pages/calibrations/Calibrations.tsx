/** Sensors, and by what each is calibrated. */

import type { ListedSensor } from "../../api/types.ts";
import { findSensorPage } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { RoleLink } from "../../ui/buttons.tsx";
import { Badge } from "../../ui/facts.tsx";
import { FilterField } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
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
      !sensor.latest ? (
        <span class="muted">no reading yet</span>
      ) : sensor.latest.physical === null ? (
        <Badge tone="warn">no physical value</Badge>
      ) : (
        <Badge tone="ok">converted</Badge>
      ),
  },
];

export default function Calibrations() {
  const project = projectId.value;
  const filters = useFilters("calibrations");
  const q = filters.told("q");
  const list = useList(project && `calibrated ${project} ${q}`, (cursor, signal) =>
    findSensorPage(project ?? "", q, signal, { limit: 100, cursor }),
  );
  return (
    <Page title="Calibrations">
      <Panel isBare>
        <div class="filters">
          <FilterField filters={filters} name="q" label="Filter by key or name" />
        </div>
        <ListTable
          label="Sensors"
          name="calibrations"
          list={list}
          keyOf={(sensor) => sensor.id}
          empty={
            q ? (
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
