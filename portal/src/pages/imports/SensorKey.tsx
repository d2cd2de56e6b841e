/** Which sensor of the project something in a file is: found by typing, or a new one by its key. */

import type { ListedSensor } from "../../api/types.ts";
import { findSensors } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { useAsked } from "../../ui/requests/asking.ts";

const MOST_OFFERED = 50;

export function SensorKey(props: {
  label: string;
  list: string;
  value: string;
  onInput: (key: string) => void;
  /** What is typed is looked for. */
  onLook: (text: string) => void;
}) {
  const tell = (event: { currentTarget: HTMLInputElement }) => {
    props.onInput(event.currentTarget.value);
    props.onLook(event.currentTarget.value);
  };
  return (
    <input
      class="sensor-key"
      aria-label={props.label}
      autoComplete="off"
      list={props.list}
      value={props.value}
      onFocus={(event) => props.onLook(event.currentTarget.value)}
      onInput={tell}
    />
  );
}

/** The sensors that fit what is typed last, for all fields of a form. */
export function KnownSensors({ id, text }: { id: string; text: string | null }) {
  const project = projectId.value;
  const found = useAsked<ListedSensor[]>(
    text !== null && project ? `sensors like ${project} ${text}` : null,
    (signal) => findSensors(project ?? "", text ?? "", signal, MOST_OFFERED),
    0,
    true,
  );
  return (
    <datalist id={id}>
      {(found.data ?? []).map((sensor) => (
        <option key={sensor.id} value={sensor.key}>
          {[sensor.name, sensor.input_unit].filter(Boolean).join(", ")}
        </option>
      ))}
    </datalist>
  );
}

/** Whether the project has it, as far as the last preview knows. */
export function SensorStanding({ isKnown, isNew }: { isKnown: boolean; isNew: boolean }) {
  if (isNew) return <span class="badge warn">new</span>;
  return isKnown ? <span class="badge ok">there</span> : <span class="muted">–</span>;
}
