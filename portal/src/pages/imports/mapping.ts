/** What each column of a file is taken for, and the API's description of the same. Pure. */

import type { Previewed } from "../../api/types.ts";

export type FileMapping = NonNullable<Previewed["how"]>;
type TimeColumn = FileMapping["time"];

/** A sensor that a file's rows name: which it is here, and the unit of its values there, if that must be said. */
export interface NamedSensor {
  isRead: boolean;
  key: string;
}

/** `skip` is read by nobody; `clock` is the time of day beside a date; `sensor` names each row's sensor, `value` is its value; `series` is a sensor by itself. */
export type ColumnUse = "skip" | "time" | "clock" | "sensor" | "value" | "series";

export interface ChosenColumns {
  /** By the column's name. */
  uses: Record<string, ColumnUse>;
  /** Keys of the sensors of columns that are series. */
  keys: Record<string, string>;
  /** Sensors that rows name, by that name. */
  named: Record<string, NamedSensor>;
  /** By key: what unit the file's values have, where that is to be said. */
  units: Record<string, string>;
  time: Omit<TimeColumn, "column" | "time_of_day">;
}

export const USES: readonly (readonly [ColumnUse, string])[] = [
  ["skip", "Not read"],
  ["time", "Time, or date"],
  ["clock", "Time of day"],
  ["series", "A sensor's values"],
  ["sensor", "Names the sensor"],
  ["value", "Value"],
];

/** As a description says; what none says is left out. */
export function chosenOf(
  how: FileMapping | null | undefined,
  columns: readonly string[],
  names: readonly string[] = [],
): ChosenColumns {
  const { column: timeColumn, time_of_day: clock, ...time } = how?.time ?? { column: "" };
  const keys = Object.fromEntries(columns.map((name) => [name, how?.columns?.[name] ?? name]));
  const use = (name: string): ColumnUse => {
    if (name === timeColumn) return "time";
    if (name === clock) return "clock";
    if (how?.columns && name in how.columns) return "series";
    if (name === how?.sensor) return "sensor";
    return name === how?.value ? "value" : "skip";
  };
  const named = Object.fromEntries(
    names.map((name) => [
      name,
      { isRead: !how?.names || name in how.names, key: how?.names?.[name] ?? name },
    ]),
  );
  const uses = Object.fromEntries(columns.map((name) => [name, use(name)]));
  return { uses, keys, named, units: { ...how?.units }, time };
}

/** The description; null as long as it says too little, which `missingIn` tells. */
export function mappingOf(chosen: ChosenColumns, preview: Previewed): FileMapping | null {
  if (missingIn(chosen)) return null;
  const named = (use: ColumnUse) => Object.keys(chosen.uses).filter((name) => chosen.uses[name] === use);
  const series = named("series");
  const rest = series.length
    ? { columns: Object.fromEntries(series.map((name) => [name, chosen.keys[name] ?? name])) }
    : { sensor: named("sensor")[0] ?? null, value: named("value")[0] ?? null, ...namesOf(chosen) };
  const keys = new Set(keysOf(chosen));
  const units = Object.entries(chosen.units).filter(([key, unit]) => unit && keys.has(key));
  return {
    format: preview.format,
    ...(preview.csv ? { csv: preview.csv } : {}),
    time: {
      column: named("time")[0] ?? "",
      ...(named("clock")[0] ? { time_of_day: named("clock")[0] } : {}),
      ...chosen.time,
    },
    ...rest,
    ...(units.length ? { units: Object.fromEntries(units) } : {}),
  };
}

/** Nothing, where rows name sensors as they are called here. */
function namesOf({ named }: ChosenColumns): { names?: Record<string, string> } {
  const all = Object.entries(named);
  if (all.every(([name, { isRead, key }]) => isRead && key === name)) return {};
  return {
    names: Object.fromEntries(all.flatMap(([name, { isRead, key }]) => (isRead ? [[name, key]] : []))),
  };
}

/** The sensors that are read, by key. */
function keysOf({ uses, keys, named }: ChosenColumns): string[] {
  const series = Object.keys(uses).filter((name) => uses[name] === "series");
  if (series.length) return series.map((name) => keys[name] ?? name);
  return Object.values(named).flatMap(({ isRead, key }) => (isRead ? [key] : []));
}

/** Null: each that is read is some sensor. */
function faultOfKeys(keys: string[]): string | null {
  return keys.some((key) => !key.trim()) ? "Say which sensor it is, of each that is read." : null;
}

/** What is still to be said, in words; null: nothing. */
export function missingIn(chosen: ChosenColumns): string | null {
  const { uses, time, named } = chosen;
  const count = (use: ColumnUse) => Object.values(uses).filter((each) => each === use).length;
  if (count("time") !== 1) return "One column is the time.";
  if (count("clock") > 1) return "One column at most is the time of day.";
  if (isElapsed(time.format) && !time.start) return "Say when the count was 0.";
  if (time.format === "pattern" && !time.pattern) return "Say how the time is written.";
  if (count("series"))
    return count("sensor") + count("value")
      ? "Either each column is a sensor, or one names it."
      : faultOfKeys(keysOf(chosen));
  if (count("sensor") === 1 && count("value") === 1) {
    const all = Object.values(named);
    if (all.length && !all.some((each) => each.isRead)) return "One sensor at least is read.";
    return faultOfKeys(keysOf(chosen));
  }
  return "Columns of values are missing: of a sensor each, or one that names it beside one of values.";
}

/** Whether times are counted from a start that the file does not say. */
export function isElapsed(format: TimeColumn["format"]): boolean {
  return format?.startsWith("elapsed_") ?? false;
}
