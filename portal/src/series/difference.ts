/** What two forms of the same readings differ by. Pure. */

import type { Columns } from "./columns.ts";

/**
 * New less old of the first and the last reading of each column, which are the same readings in both; null where
 * the columns are not the same.
 */
export function differenceOf(old: Columns, fresh: Columns): Columns | null {
  const n = old.end - old.start;
  if (!n || n !== fresh.end - fresh.start || old.bucketUs !== fresh.bucketUs) return null;
  for (let row = 0; row < n; row++) {
    if (old.tUs[old.start + row] !== fresh.tUs[fresh.start + row]) return null;
  }
  const less = (of: "first" | "last") =>
    Float64Array.from(
      { length: n },
      (_, row) => (fresh[of][fresh.start + row] ?? Number.NaN) - (old[of][old.start + row] ?? Number.NaN),
    );
  const [first, last] = [less("first"), less("last")];
  return {
    start: 0,
    end: n,
    tUs: old.tUs.slice(old.start, old.end),
    first,
    last,
    min: first.map((value, row) => Math.min(value, last[row] ?? Number.NaN)),
    max: first.map((value, row) => Math.max(value, last[row] ?? Number.NaN)),
    count: old.count.slice(old.start, old.end),
    bucketUs: old.bucketUs,
  };
}
