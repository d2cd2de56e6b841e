/** Finds a sensor by typing; Enter takes the first, arrows choose. */

import { useId, useState } from "preact/hooks";
import type { ListedSensor } from "../../api/types.ts";
import { findSensors } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { ConnectionDot } from "../facts.tsx";
import { useAsked } from "../requests/asking.ts";

export function SensorPicker(props: {
  chosen: readonly string[];
  onPick: (sensor: ListedSensor) => void;
  label?: string;
}) {
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [place, setPlace] = useState(0);
  const id = useId();
  const key = isOpen && projectId.value ? `${projectId.value} ${text}` : null;
  const found = useAsked(key, (signal) => findSensors(projectId.value ?? "", text, signal, 30));
  const items = (found.data ?? []).filter((each) => !props.chosen.includes(each.id));
  const pick = (sensor: ListedSensor | undefined) => {
    if (!sensor) return;
    props.onPick(sensor);
    setText("");
    setPlace(0);
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPlace((last) => Math.min(Math.max(last + step, 0), items.length - 1));
    else if (event.key === "Enter") pick(items[place]);
    else if (event.key === "Escape") setOpen(false);
    else return;
    if (step) setOpen(true);
    event.preventDefault();
  };
  return (
    <div class="picker">
      <input
        type="text"
        role="combobox"
        aria-label={props.label ?? "Add a sensor"}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && items[place] ? `${id}-${place}` : undefined}
        placeholder={props.label ?? "Add a sensor…"}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setPlace(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={press}
      />
      <div class="options" role="listbox" id={`${id}-list`} aria-label="Sensors" hidden={!isOpen}>
        {items.map((sensor, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus
          <div
            key={sensor.id}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === place}
            class="option"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(sensor)}
          >
            <ConnectionDot connection={sensor.connection} />
            <span class="grow cut">{sensor.key}</span>
            <span class="muted">{sensor.output_unit}</span>
          </div>
        ))}
        {!items.length && (
          <div class="option muted" role="option" tabIndex={-1} aria-selected="false" aria-disabled="true">
            {found.isAsking ? "Looking…" : "No other sensor fits"}
          </div>
        )}
      </div>
    </div>
  );
}
