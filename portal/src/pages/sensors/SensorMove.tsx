/** Asks before a sensor goes into or out of use, or away. */

import { api, ask } from "../../api/client.ts";
import type { Sensor } from "../../api/types.ts";
import { SeenRemoval } from "../../ui/forms/Removal.tsx";

export interface SensorMoveKind {
  verb: string;
  /** What it becomes; null: it goes. */
  status: "active" | "inactive" | "decommissioned" | null;
  consequence: string;
}

const SWITCH_ON: SensorMoveKind = {
  verb: "Switch on",
  status: "active",
  consequence: "Its readings are stored again. Those that were rejected can be replayed in Gateways.",
};
const SWITCH_OFF: SensorMoveKind = {
  verb: "Switch off",
  status: "inactive",
  consequence: "Its readings are rejected from now on. They are kept, and can be replayed once it is on.",
};
const DECOMMISSION: SensorMoveKind = {
  verb: "Decommission",
  status: "decommissioned",
  consequence: "Its readings are rejected from now on. What is stored stays.",
};
const TAKE_BACK: SensorMoveKind = {
  verb: "Take back",
  status: "inactive",
  consequence: "It is off then, and can be switched on.",
};
const DELETE: SensorMoveKind = {
  verb: "Delete",
  status: null,
  consequence:
    "Only a sensor without readings can be deleted. One with readings is decommissioned, and keeps them.",
};

/** As the API allows them, the mildest first. */
export function movesOf({ status }: Pick<Sensor, "status">): [SensorMoveKind, ...SensorMoveKind[]] {
  if (status === "decommissioned") return [TAKE_BACK, DELETE];
  return [status === "inactive" ? SWITCH_ON : SWITCH_OFF, DECOMMISSION, DELETE];
}

type Movable = Pick<Sensor, "id" | "key" | "name" | "status" | "version" | "input_unit" | "output_unit">;

export function SensorMove(props: {
  sensor: Movable;
  move: SensorMoveKind;
  onDone: () => void;
  onClose: () => void;
}) {
  const { sensor, move } = props;
  const path = { sensor_id: sensor.id };
  return (
    <SeenRemoval<Movable>
      title={`${move.verb} ${sensor.key}?`}
      verb={move.verb}
      item={sensor}
      told={(item) => [
        ["Key", item.key],
        ["Name", item.name ?? ""],
        ["State", item.status ?? "active"],
        ["Unit that is sent", item.input_unit ?? ""],
        ["Physical unit", item.output_unit ?? ""],
      ]}
      read={() => ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path } }))}
      act={(etag) => {
        const params = { path, header: { "if-match": etag } };
        if (move.status === null) return ask(api.DELETE("/api/v1/sensors/{sensor_id}", { params }));
        return ask(api.PATCH("/api/v1/sensors/{sensor_id}", { params, body: { status: move.status } }));
      }}
      isDone={(item) => item.status === move.status}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      <p>{move.consequence}</p>
    </SeenRemoval>
  );
}
