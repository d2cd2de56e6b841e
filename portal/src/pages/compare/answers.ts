/** What `/comparisons` answers, as columns that plots draw. Times are microseconds since T0. Pure. */

import type { ComparisonAnswer } from "../../api/types.ts";
import { type Columns, fromSamples, noColumns, usualGap } from "../../series/columns.ts";

export type ComparedMember = ComparisonAnswer["members"][number];

/** Between two values in each bucket. */
export interface Band {
  tUs: Float64Array;
  low: Float64Array;
  high: Float64Array;
  bucketUs: number;
  /** A longer distance between two breaks it. */
  gapUs: number;
}

type Grid = ComparisonAnswer["grid"];

/** Where bucket 0 begins and how wide each is: microseconds, or steps. */
function axisOf(grid: Grid): { start: number; width: number } {
  return {
    start: grid.start_us ?? grid.start_step ?? 0,
    width: grid.bucket_us ?? grid.bucket_steps ?? 1,
  };
}

/** A bucket of one step is a point: it is drawn where it is, and marked. */
function shownWidth(grid: Grid): number {
  return grid.bucket_steps === 1 ? 0 : axisOf(grid).width;
}

export function isByStep(answer: ComparisonAnswer): boolean {
  return answer.meta.by === "step";
}
type Numbers = readonly (number | null)[];

/** By which the address and the table name a member. */
export function idOf(member: { run_id: string; capture_session_id: string | null }): string {
  return member.capture_session_id ?? member.run_id;
}

export function columnsOf(grid: Grid, member: ComparedMember, key: string): Columns {
  const series = member.series.find((each) => each.key === key);
  if (!series?.index.length) return { ...noColumns(), bucketUs: shownWidth(grid) };
  return {
    start: 0,
    end: series.index.length,
    tUs: timesOf(grid, series.index),
    first: numbers(series.first),
    min: numbers(series.min),
    max: numbers(series.max),
    last: numbers(series.last),
    count: numbers(series.count),
    bucketUs: shownWidth(grid),
  };
}

/** The same line elsewhere. */
export function movedColumns(columns: Columns, by: number): Columns {
  return by === 0 ? columns : { ...columns, tUs: columns.tUs.map((t) => t + by) };
}

/** A bucket in which any member has a value; null is a member's that has none. */
export interface BucketRow {
  at: number;
  values: (number | null)[];
}

/** The means that members have of a sensor or metric, side by side. */
export function bucketRows(answer: ComparisonAnswer, key: string): BucketRow[] {
  const { start, width } = axisOf(answer.grid);
  const held = new Map<number, (number | null)[]>();
  for (const [place, member] of answer.members.entries()) {
    const series = member.series.find((each) => each.key === key);
    for (const [row, index] of (series?.index ?? []).entries()) {
      const values = held.get(index) ?? new Array<number | null>(answer.members.length).fill(null);
      values[place] = series?.mean?.[row] ?? null;
      held.set(index, values);
    }
  }
  return [...held]
    .sort(([one], [other]) => one - other)
    .map(([index, values]) => ({ at: start + index * width, values }));
}

/** What members are between, where two of them or more have values. */
export function bandOf(answer: ComparisonAnswer, key: string): Band | null {
  const spread = answer.spread.find((each) => each.key === key);
  if (!spread) return null;
  const rows = [...spread.members.keys()].filter((row) => (spread.members[row] ?? 0) > 1);
  if (!rows.length) return null;
  const pick = (column: Numbers) => numbers(rows.map((row) => column[row] ?? null));
  const index = rows.map((row) => spread.index[row] ?? 0);
  const tUs = timesOf(answer.grid, index);
  const bucketUs = axisOf(answer.grid).width;
  const gapUs = usualGap({ ...fromSamples(tUs, tUs), bucketUs });
  return { tUs, low: pick(spread.min), high: pick(spread.max), bucketUs, gapUs };
}

/** What a member is above the baseline. */
export function differenceColumns(answer: ComparisonAnswer, id: string, key: string): Columns {
  const found = answer.difference.find((each) => idOf(each) === id && each.key === key);
  if (!found?.index.length) return { ...noColumns(), bucketUs: shownWidth(answer.grid) };
  const value = numbers(found.value);
  return {
    start: 0,
    end: found.index.length,
    tUs: timesOf(answer.grid, found.index),
    first: value,
    min: value,
    max: value,
    last: value,
    count: new Float64Array(value.length).fill(1),
    bucketUs: shownWidth(answer.grid),
  };
}

/** The window of a whole comparison. */
export function windowOf(grid: Grid): [number, number] {
  const { start, width } = axisOf(grid);
  return grid.n ? [start, start + grid.n * width] : [0, 60_000_000];
}

/**
 * So many columns that each holds a reading of all members, or null where they do. Else spread and difference
 * would be of the few in which readings happen to meet.
 */
export function meetingColumns(answer: ComparisonAnswer): number | null {
  const counts = answer.summary.map((row) => row.count).filter((count) => count > 0);
  const least = Math.min(...counts, Number.POSITIVE_INFINITY);
  return least < answer.grid.n ? Math.max(2, Math.floor(least / 2)) : null;
}

export function unitOf(answer: ComparisonAnswer, key: string): string {
  return answer.spread.find((each) => each.key === key)?.unit ?? "";
}

function timesOf(grid: Grid, index: readonly number[]): Float64Array {
  const { start, width } = axisOf(grid);
  return Float64Array.from(index, (place) => start + place * width);
}

function numbers(values: Numbers): Float64Array {
  return Float64Array.from(values, (value) => value ?? Number.NaN);
}
