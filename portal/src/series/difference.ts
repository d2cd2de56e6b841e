/** What two forms of the same readings differ by. Pure. */

import type { Columns } from "./columns.ts";

/**
 * New less old of the first and the last reading of each column that both have; these are the same readings.
 * Null where the columns are of another width, or have none in common.
 */
export function differenceOf(old: Columns, fresh: Columns): Columns | null {
  const rows = old.bucketUs === fresh.bucketUs ? commonRows(old, fresh) : [];
  if (!rows.length) return null;
  const less = (of: "first" | "last") =>
    Float64Array.from(
      rows,
      ([before, after]) => (fresh[of][after] ?? Number.NaN) - (old[of][before] ?? Number.NaN),
    );
  const taken = (of: "tUs" | "count") => Float64Array.from(rows, ([before]) => old[of][before] ?? 0);
  const [first, last] = [less("first"), less("last")];
  return {
    start: 0,
    end: rows.length,
    tUs: taken("tUs"),
    first,
    last,
    min: first.map((value, row) => Math.min(value, last[row] ?? Number.NaN)),
    max: first.map((value, row) => Math.max(value, last[row] ?? Number.NaN)),
    count: taken("count"),
    bucketUs: old.bucketUs,
  };
}

/** Pairs of rows that begin at the same time. */
function commonRows(old: Columns, fresh: Columns): [number, number][] {
  const pairs: [number, number][] = [];
  let [before, after] = [old.start, fresh.start];
  while (before < old.end && after < fresh.end) {
    const ahead = (fresh.tUs[after] ?? 0) - (old.tUs[before] ?? 0);
    if (ahead === 0) pairs.push([before, after]);
    if (ahead >= 0) before++;
    if (ahead <= 0) after++;
  }
  return pairs;
}
