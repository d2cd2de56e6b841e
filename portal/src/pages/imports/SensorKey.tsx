/** Which sensor of the project something in a file is: found by typing, or a new one by its key. */

import { findSensorPage } from "../../sensors.ts";
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

/** The sensors that fit what is typed last, for all fields of a form; and that there are more, where there are. */
export function KnownSensors({ id, text }: { id: string; text: string | null }) {
  const project = projectId.value;
  const found = useAsked(
    text !== null && project ? `sensors like ${project} ${text}` : null,
    (signal) => findSensorPage(project ?? "", text ?? "", signal, { limit: MOST_OFFERED, sort: "key" }),
    0,
    true,
  );
  return (
    <>
      <datalist id={id}>
        {(found.data?.items ?? []).map((sensor) => (
          <option key={sensor.id} value={sensor.key}>
            {[sensor.name, sensor.input_unit].filter(Boolean).join(", ")}
          </option>
        ))}
      </datalist>
      {found.data?.next_cursor && (
        <p class="muted" role="status">
          The first {MOST_OFFERED} sensors that fit{text ? ` ${text}` : ""} are offered. Type more of a key or
          a name to find others; any key may be typed whole.
        </p>
      )}
    </>
  );
}

/** Whether the project has it, as far as the last preview knows. */
export function SensorStanding({ isKnown, isNew }: { isKnown: boolean; isNew: boolean }) {
  if (isNew) return <span class="badge warn">new</span>;
  return isKnown ? <span class="badge ok">there</span> : <span class="muted">–</span>;
}
