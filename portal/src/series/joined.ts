/** A picture of readings with those next to its window. Pure. */

import { type Columns, fromSamples } from "./columns.ts";

export type Sample = [tUs: number, value: number];

/** Rows in between stay; a neighbour that is among them already is left out. */
export function joined(before: Sample[], columns: Columns, after: Sample[]): Columns {
  const inside: Sample[] = [];
  for (let row = columns.start; row < columns.end; row += 1) {
    inside.push([columns.tUs[row] ?? 0, columns.last[row] ?? Number.NaN]);
  }
  const byTime = new Map([...before, ...inside, ...after]);
  const rows = [...byTime].sort(([one], [other]) => one - other);
  return fromSamples(
    Float64Array.from(rows, ([tUs]) => tUs),
    Float64Array.from(rows, ([, value]) => value),
  );
}
