/** What each column of a file is taken for, and the API's description of the same. Pure. */

import type { Previewed } from "../../api/types.ts";

export type FileMapping = NonNullable<Previewed["how"]>;
type TimeColumn = FileMapping["time"];

/** `skip` is read by nobody; `clock` is the time of day beside a date; `sensor` names each row's sensor, `value` is its value; `series` is a sensor by itself. */
export type ColumnUse = "skip" | "time" | "clock" | "sensor" | "value" | "series";

export interface ChosenColumns {
  /** By the column's name. */
  uses: Record<string, ColumnUse>;
  /** Keys of the sensors of columns that are series. */
  keys: Record<string, string>;
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
export function chosenOf(how: FileMapping | null | undefined, columns: readonly string[]): ChosenColumns {
  const { column: timeColumn, time_of_day: clock, ...time } = how?.time ?? { column: "" };
  const keys = Object.fromEntries(columns.map((name) => [name, how?.columns?.[name] ?? name]));
  const use = (name: string): ColumnUse => {
    if (name === timeColumn) return "time";
    if (name === clock) return "clock";
    if (how?.columns && name in how.columns) return "series";
    if (name === how?.sensor) return "sensor";
    return name === how?.value ? "value" : "skip";
  };
  return { uses: Object.fromEntries(columns.map((name) => [name, use(name)])), keys, time };
}

/** The description; null as long as it says too little, which `missingIn` tells. */
export function mappingOf(chosen: ChosenColumns, preview: Previewed): FileMapping | null {
  if (missingIn(chosen)) return null;
  const named = (use: ColumnUse) => Object.keys(chosen.uses).filter((name) => chosen.uses[name] === use);
  const series = named("series");
  const rest = series.length
    ? { columns: Object.fromEntries(series.map((name) => [name, chosen.keys[name] ?? name])) }
    : { sensor: named("sensor")[0] ?? null, value: named("value")[0] ?? null };
  return {
    format: preview.format,
    ...(preview.csv ? { csv: preview.csv } : {}),
    time: {
      column: named("time")[0] ?? "",
      ...(named("clock")[0] ? { time_of_day: named("clock")[0] } : {}),
      ...chosen.time,
    },
    ...rest,
  };
}

/** What is still to be said, in words; null: nothing. */
export function missingIn({ uses, time }: ChosenColumns): string | null {
  const count = (use: ColumnUse) => Object.values(uses).filter((each) => each === use).length;
  if (count("time") !== 1) return "One column is the time.";
  if (count("clock") > 1) return "One column at most is the time of day.";
  if (isElapsed(time.format) && !time.start) return "Say when the count was 0.";
  if (time.format === "pattern" && !time.pattern) return "Say how the time is written.";
  if (count("series"))
    return count("sensor") + count("value") ? "Either each column is a sensor, or one names it." : null;
  if (count("sensor") === 1 && count("value") === 1) return null;
  return "Columns of values are missing: of a sensor each, or one that names it beside one of values.";
}

/** Whether times are counted from a start that the file does not say. */
export function isElapsed(format: TimeColumn["format"]): boolean {
  return format?.startsWith("elapsed_") ?? false;
}
