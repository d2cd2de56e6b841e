/** The sensors of a run: bound before a session starts, unbound while none captures. */

import { api, ask } from "../../api/client.ts";
import type { Overview, Run } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { refusedFor } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { ConnectionDot, Time } from "../../ui/facts.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { Panel } from "../../ui/Page.tsx";
import { Table } from "../../ui/tables/table.tsx";
import { toastProblem } from "../../ui/toasts.tsx";
import { LastValue } from "../parts/LastValue.tsx";

export function RunSensors(props: {
  run: Run;
  sensors: Overview["sensors"];
  total: number;
  again: () => void;
}) {
  const { run, sensors } = props;
  const refused = refusedFor("editor");
  const bind = (id: string) =>
    ask(
      api.PUT("/api/v1/runs/{run_id}/sensors/{sensor_id}", {
        params: { path: { run_id: run.id, sensor_id: id } },
      }),
    )
      .then(props.again)
      .catch(toastProblem);
  const unbind = (id: string) =>
    ask(
      api.DELETE("/api/v1/runs/{run_id}/sensors/{sensor_id}", {
        params: { path: { run_id: run.id, sensor_id: id } },
      }),
    )
      .then(props.again)
      .catch(toastProblem);
  return (
    <Panel title={`Sensors (${props.total})`} isBare>
      {!refused && (
        <div class="filters">
          <SensorPicker
            chosen={sensors.map((each) => each.id)}
            onPick={(sensor) => bind(sensor.id)}
            label="Add a sensor to the run"
          />
        </div>
      )}
      <Table
        label="Sensors of the run"
        rows={sensors}
        keyOf={(sensor) => sensor.id}
        columns={[
          {
            name: "Sensor",
            cell: (sensor) => (
              <span class="row" style="flex-wrap: nowrap">
                <ConnectionDot connection={sensor.connection} />
                <a href={`/sensors/${sensor.id}`}>{sensor.key}</a>
              </span>
            ),
          },
          {
            name: "Latest",
            isNumber: true,
            cell: (sensor) => <LastValue sensor={sensor} />,
          },
          { name: "When", cell: (sensor) => <Time at={sensor.latest?.time} isAgo /> },
          {
            name: "",
            cell: (sensor) => (
              <Button
                kind="quiet"
                icon="close"
                label={`Take ${sensor.key} out of the run`}
                refused={refused}
                onClick={() => unbind(sensor.id)}
              />
            ),
          },
        ]}
      />
      {props.total > sensors.length && (
        <p class="muted cut-note">
          {sensors.length} of its {countText(props.total)} sensors.{" "}
          <a href={`/sensors?run=${run.id}`}>All of them, to be searched</a>
        </p>
      )}
    </Panel>
  );
}
