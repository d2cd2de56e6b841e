/** Points of a metric as what plots draw: in order, smoothed, on a log scale; and what can't be drawn. Pure. */

import type { Schemas } from "../../../api/types.ts";
import { type Columns, fromSamples } from "../../../series/columns.ts";

export type MetricPoints = Schemas["MetricColumns"];

/** Points by step, or by the time since a run began. */
export interface MetricLine {
  at: Float64Array;
  value: Float64Array;
  step: Float64Array;
  tUs: Float64Array;
}

/** What a value is, of which JSON has no number. */
export function numberOf(value: number | string | null): number {
  if (value === "Infinity") return Number.POSITIVE_INFINITY;
  if (value === "-Infinity") return Number.NEGATIVE_INFINITY;
  return typeof value === "number" ? value : Number.NaN;
}

/** In the order of the axis. `startUs`: when the run began; null: its first point. */
export function lineOf(points: MetricPoints, by: "step" | "time", startUs: number | null): MetricLine {
  const firstUs = startUs ?? points.t_us.reduce((least, t) => Math.min(least, t), Number.POSITIVE_INFINITY);
  const at = points.step.map((step, place) => (by === "step" ? step : (points.t_us[place] ?? 0) - firstUs));
  const order = [...at.keys()].sort((one, other) => (at[one] ?? 0) - (at[other] ?? 0) || one - other);
  const taken = (column: readonly number[]) =>
    Float64Array.from(order, (place) => column[place] ?? Number.NaN);
  return {
    at: taken(at),
    value: taken(points.value.map(numberOf)),
    step: taken(points.step),
    tUs: taken(points.t_us),
  };
}

/** Each value mixed with those before it, which weigh less the longer they are past. NaN changes nothing. */
export function smoothed(value: Float64Array, share: number): Float64Array {
  let mixed = 0;
  let weight = 0;
  return value.map((each) => {
    if (!Number.isFinite(each)) return Number.NaN;
    mixed = mixed * share + each * (1 - share);
    weight = weight * share + (1 - share);
    return mixed / weight;
  });
}

/** What is drawn; what can't be is left out, so that the line goes on over it. */
export function drawn(line: MetricLine, value: Float64Array, isLog: boolean): Columns {
  const kept = [...value.keys()].filter((place) => isDrawable(value[place] ?? Number.NaN, isLog));
  const pick = (column: Float64Array) => Float64Array.from(kept, (place) => column[place] ?? Number.NaN);
  const shown = pick(value);
  return fromSamples(pick(line.at), isLog ? shown.map(Math.log10) : shown);
}

function isDrawable(value: number, isLog: boolean): boolean {
  return Number.isFinite(value) && (!isLog || value > 0);
}

/** What of a line is not seen, in words; empty: all of it is. */
export function leftOutText(line: MetricLine, isLog: boolean): string {
  const count = (is: (value: number) => boolean) => line.value.filter(is).length;
  const parts = [
    [count(Number.isNaN), "NaN"],
    [count((value) => Math.abs(value) === Number.POSITIVE_INFINITY), "infinite"],
    [
      isLog ? count((value) => Number.isFinite(value) && value <= 0) : 0,
      "0 or less, which a log scale has no place for",
    ],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return told.join(", ");
}

/** From the least to the greatest place of all lines, or null where there is none. */
export function extentOf(lines: MetricLine[]): [number, number] | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { at } of lines) {
    from = Math.min(from, at[0] ?? from);
    to = Math.max(to, at[at.length - 1] ?? to);
  }
  return from <= to ? [from, to > from ? to : from + 1] : null;
}

/** One row for each place of the axis at which any line has a point, within a window. */
export function tableRows(
  lines: MetricLine[],
  window: [number, number],
): { at: number; values: (number | null)[] }[] {
  const rows = new Map<number, (number | null)[]>();
  for (const [number, line] of lines.entries())
    for (const [place, at] of line.at.entries()) {
      if (at < window[0] || at > window[1]) continue;
      const row = rows.get(at) ?? lines.map(() => null);
      row[number] = line.value[place] ?? null;
      rows.set(at, row);
    }
  return [...rows].sort((one, other) => one[0] - other[0]).map(([at, values]) => ({ at, values }));
}
