/** Finds a sensor by typing. */

import type { ListedSensor } from "../../api/types.ts";
import { findSensorPage } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { ConnectionDot } from "../facts.tsx";
import { Combobox, OFFERED } from "./Combobox.tsx";

export function SensorPicker(props: {
  chosen: readonly string[];
  onPick: (sensor: ListedSensor) => void;
  label?: string;
}) {
  const { chosen } = props;
  const project = projectId.value;
  return (
    <Combobox
      label={props.label ?? "Add a sensor"}
      placeholder={props.label ?? "Add a sensor…"}
      noun="Sensors"
      scope={project && `sensors ${project}`}
      find={(text, signal) => findSensorPage(project ?? "", text, signal, { limit: OFFERED })}
      isTaken={(sensor) => chosen.includes(sensor.id)}
      staysOpen
      keyOf={(sensor) => sensor.id}
      line={(sensor) => (
        <>
          <ConnectionDot connection={sensor.connection} />
          <span class="grow cut">{sensor.key}</span>
          <span class="muted">{sensor.output_unit}</span>
        </>
      )}
      hint="Type a part of the key or the name to find others."
      none="No other sensor fits"
      onPick={props.onPick}
    />
  );
}
