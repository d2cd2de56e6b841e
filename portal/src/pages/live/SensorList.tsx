/**
 * The project's sensors beside the plots: found by typing, with their last value and what they did lately; a
 * press, Space or a drag onto the plots draws them.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ListedSensor } from "../../api/types.ts";
import { unitText, valueText } from "../../numbers.ts";
import { agoText, parseTime } from "../../times.ts";
import { Breakable, ConnectionDot } from "../../ui/facts.tsx";
import { ProblemNote, Waiting } from "../../ui/notes.tsx";
import type { Asked } from "../../ui/requests/asking.ts";
import { sparkPath } from "./spark.ts";
import { type Sparks, useSparks } from "./sparks.ts";

/** What a drag carries: the sensor's id. */
export const DRAGGED_SENSOR = "application/x-barograph-sensor";
const SPARK = { width: 64, height: 18 };

export function SensorList(props: {
  asked: Asked<{ items: ListedSensor[]; next_cursor: string | null }>;
  text: string;
  onText: (text: string) => void;
  /** All of the project are here; otherwise those that are called so. */
  isAll: boolean;
  chosen: readonly string[];
  onToggle: (sensor: ListedSensor) => void;
}) {
  const { text, isAll } = props;
  const { data, problem, again } = props.asked;
  const wanted = isAll ? text.trim().toLowerCase() : "";
  const shown = (data?.items ?? []).filter((each) =>
    [each.key, each.name ?? "", ...(each.tags ?? [])].some((part) => part.toLowerCase().includes(wanted)),
  );
  const { list, seen } = useSeen(shown.map((each) => each.id).join());
  const sparks = useSparks(shown.filter((each) => seen.has(each.id)));
  return (
    <aside class="panel live-sensors" aria-label="Sensors">
      <div style="padding: 8px">
        <input
          type="search"
          aria-label="Filter sensors"
          placeholder="Filter"
          style="width: 100%"
          value={text}
          onInput={(event) => props.onText(event.currentTarget.value)}
        />
      </div>
      {problem && <ProblemNote problem={problem} again={again} />}
      {!data && !problem && <Waiting />}
      <ul ref={list}>
        {groups(shown).map(([tag, sensors]) => (
          <li key={tag}>
            {tag && <h3 class="muted">{tag}</h3>}
            <ul>
              {sensors.map((sensor) => (
                <SensorRow
                  key={sensor.id}
                  sensor={sensor}
                  sparks={sparks}
                  isChosen={props.chosen.includes(sensor.id)}
                  onToggle={() => props.onToggle(sensor)}
                />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {data?.next_cursor && (
        <p class="muted" style="padding: 8px 12px">
          The first {shown.length}. Type a part of the key or the name to find others.
        </p>
      )}
      {data && !shown.length && !props.asked.isAsking && (
        <p class="muted" style="padding: 8px 12px">
          No sensor fits.
        </p>
      )}
    </aside>
  );
}

/** The ids of the rows that are in sight, as far as they are known. */
function useSeen(rows: string) {
  const list = useRef<HTMLUListElement>(null);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const watching = new IntersectionObserver((entries) => {
      setSeen((last) => {
        const next = new Set(last);
        for (const { target, isIntersecting } of entries) {
          const id = (target as HTMLElement).dataset.sensor ?? "";
          if (isIntersecting) next.add(id);
          else next.delete(id);
        }
        return next;
      });
    });
    for (const row of list.current?.querySelectorAll("[data-sensor]") ?? []) watching.observe(row);
    return () => watching.disconnect();
  }, [rows]);
  return { list, seen };
}

function Spark({ sparks, id }: { sparks: Sparks | null; id: string }) {
  const columns = sparks?.bySensor.get(id);
  const path = sparks && columns && sparkPath(columns, sparks.fromUs, sparks.toUs, SPARK.width, SPARK.height);
  return (
    <svg class="spark" viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
      {path && <path d={path} />}
    </svg>
  );
}

function SensorRow(props: {
  sensor: ListedSensor;
  sparks: Sparks | null;
  isChosen: boolean;
  onToggle: () => void;
}) {
  const { sensor } = props;
  const at = parseTime(sensor.last_seen_at ?? "");
  const value = sensor.latest?.physical ?? sensor.latest?.raw;
  const unit = unitText(sensor.latest?.physical === null ? sensor.input_unit : sensor.output_unit);
  return (
    <li data-sensor={sensor.id}>
      <button
        type="button"
        class="live-sensor"
        aria-pressed={props.isChosen}
        draggable
        onDragStart={(event) => event.dataTransfer?.setData(DRAGGED_SENSOR, sensor.id)}
        onClick={props.onToggle}
      >
        <ConnectionDot connection={sensor.connection} />
        <span class="cut grow" title={sensor.key}>
          <Breakable text={sensor.key} />
        </span>
        <Spark sparks={props.sparks} id={sensor.id} />
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
