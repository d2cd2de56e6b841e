/** A row for each member and sensor, and their order. Pure. */

import type { ComparisonAnswer } from "../../../api/types.ts";
import { idOf } from "../answers.ts";

export interface StatisticsRow {
  key: string;
  unit: string;
  id: string;
  name: string;
  place: number;
  count: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  stddev: number | null;
  rms: number | null;
  largest: number | null;
  /** Microseconds since T0, or a step. */
  at: number | null;
  /** Points that are not finite. */
  leftOut: number;
}

export function statisticsOf(answer: ComparisonAnswer, differing = answer): StatisticsRow[] {
  const places = new Map(answer.members.map((member, place) => [idOf(member), place]));
  return answer.summary.map((row) => {
    const id = idOf(row);
    const place = places.get(id) ?? 0;
    const apart = differing.difference.find((each) => idOf(each) === id && each.key === row.key);
    return {
      key: row.key,
      unit: row.unit,
      id,
      name: answer.members[place]?.name ?? "",
      place,
      count: row.count,
      min: row.min,
      mean: row.mean,
      max: row.max,
      stddev: row.stddev,
      rms: apart?.rms ?? null,
      largest: apart?.max ?? null,
      at: apart?.at_us ?? apart?.at_step ?? null,
      leftOut: row.left_out,
    };
  });
}

/** By `name`, or by `-name` the other way; what has no value comes last. Without an order, as asked. */
export function sorted(rows: StatisticsRow[], sort: string): StatisticsRow[] {
  const name = sort.replace(/^-/, "") as keyof StatisticsRow;
  if (!sort) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[name], other[name]];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "string" || typeof b === "string") return sign * String(a).localeCompare(String(b));
    return sign * (a - b);
  });
}
