/** Sensors, and by what each is calibrated. */

import { useState } from "preact/hooks";
import { findSensors } from "../sensors.ts";
import { projectId } from "../session.ts";
import { useAsked } from "../ui/asking.ts";
import { Badge } from "../ui/facts.tsx";
import { Answered, Empty } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { Table } from "../ui/table.tsx";

export default function Calibrations() {
  const [text, setText] = useState("");
  const project = projectId.value;
  const asked = useAsked(project && `calibrated ${project} ${text}`, (signal) =>
    findSensors(project ?? "", text, signal, 200),
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
        <Answered asked={asked}>
          {(sensors) =>
            sensors.length ? (
              <Table
                label="Sensors"
                rows={sensors}
                keyOf={(sensor) => sensor.id}
                columns={[
                  {
                    name: "Sensor",
                    cell: (sensor) => <a href={`/calibrations/${sensor.id}`}>{sensor.key}</a>,
                  },
                  { name: "Sent in", cell: (sensor) => sensor.input_unit },
                  { name: "Physical unit", cell: (sensor) => sensor.output_unit },
                  {
                    name: "State",
                    cell: (sensor) =>
                      sensor.latest?.physical === null ? <Badge tone="warn">no physical value</Badge> : null,
                  },
                ]}
              />
            ) : (
              <Empty title="No sensor fits" />
            )
          }
        </Answered>
      </Panel>
    </Page>
  );
}
