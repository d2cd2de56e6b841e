/** The project's sensors beside the plots: found by typing, with their last value, put on a plot by a press. */

import { useState } from "preact/hooks";
import type { ListedSensor } from "../../api/types.ts";
import { valueText } from "../../numbers.ts";
import { agoText, parseTime } from "../../times.ts";
import type { Asked } from "../../ui/asking.ts";
import { ConnectionDot } from "../../ui/facts.tsx";
import { ProblemNote, Waiting } from "../../ui/notes.tsx";

export function SensorList(props: {
  asked: Asked<ListedSensor[]>;
  chosen: readonly string[];
  onToggle: (sensor: ListedSensor) => void;
}) {
  const [text, setText] = useState("");
  const { data, problem, again } = props.asked;
  const wanted = text.toLowerCase();
  const shown = (data ?? []).filter((each) =>
    [each.key, each.name ?? "", ...(each.tags ?? [])].some((part) => part.toLowerCase().includes(wanted)),
  );
  return (
    <aside class="panel live-sensors" aria-label="Sensors">
      <div style="padding: 8px">
        <input
          type="search"
          aria-label="Filter sensors"
          placeholder="Filter"
          style="width: 100%"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {problem && <ProblemNote problem={problem} again={again} />}
      {!data && !problem && <Waiting />}
      <ul>
        {groups(shown).map(([tag, sensors]) => (
          <li key={tag}>
            {tag && <h3 class="muted">{tag}</h3>}
            <ul>
              {sensors.map((sensor) => (
                <SensorRow
                  key={sensor.id}
                  sensor={sensor}
                  isChosen={props.chosen.includes(sensor.id)}
                  onToggle={() => props.onToggle(sensor)}
                />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {data && !shown.length && (
        <p class="muted" style="padding: 8px 12px">
          No sensor fits.
        </p>
      )}
    </aside>
  );
}

function SensorRow(props: { sensor: ListedSensor; isChosen: boolean; onToggle: () => void }) {
  const { sensor } = props;
  const at = parseTime(sensor.last_seen_at ?? "");
  const value = sensor.latest?.physical ?? sensor.latest?.raw;
  const unit = sensor.latest?.physical === null ? sensor.input_unit : sensor.output_unit;
  return (
    <li>
      <button type="button" class="live-sensor" aria-pressed={props.isChosen} onClick={props.onToggle}>
        <ConnectionDot connection={sensor.connection} />
        <span class="cut grow" title={sensor.key}>
          {sensor.key}
        </span>
        <span class="value">
          {valueText(value)} <span class="muted">{unit}</span>
        </span>
        <span class="age muted">{at === null ? "never" : agoText(at, Date.now() * 1000)}</span>
      </button>
    </li>
  );
}

/** By their first tag; those without stand first. */
function groups(sensors: ListedSensor[]): [string, ListedSensor[]][] {
  const byTag = new Map<string, ListedSensor[]>();
  for (const sensor of sensors) {
    const tag = sensor.tags?.[0] ?? "";
    byTag.set(tag, [...(byTag.get(tag) ?? []), sensor]);
  }
  return [...byTag].sort(([one], [other]) => one.localeCompare(other));
}
