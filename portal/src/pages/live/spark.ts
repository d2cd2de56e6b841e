/** A line of a few pixels' height: what a sensor did lately, extremes and all. Pure. */

import type { Columns } from "../../series/columns.ts";

/** Over the period, in a box; a silence of more than three columns breaks the line. Empty without readings. */
export function sparkPath(
  columns: Columns,
  fromUs: number,
  toUs: number,
  width: number,
  height: number,
): string {
  const rows = Array.from({ length: columns.end - columns.start }, (_, row) => row + columns.start).filter(
    (row) => Number.isFinite(columns.min[row]) && Number.isFinite(columns.max[row]),
  );
  const low = Math.min(...rows.map((row) => columns.min[row] ?? 0));
  const high = Math.max(...rows.map((row) => columns.max[row] ?? 0));
  const x = (us: number) => (((us - fromUs) / (toUs - fromUs)) * width).toFixed(1);
  // What does not change runs through the middle.
  const y = (value = 0) =>
    (high > low ? (1 - (value - low) / (high - low)) * (height - 2) + 1 : height / 2).toFixed(1);
  const gapUs = 3 * Math.max(columns.bucketUs, 1);
  let lastUs = Number.NEGATIVE_INFINITY;
  return rows
    .map((row) => {
      const us = columns.tUs[row] ?? 0;
      const pen = us - lastUs > gapUs ? "M" : "L";
      lastUs = us;
      const at = x(us + columns.bucketUs / 2);
      const { first, min, max, last } = columns;
      return `${pen}${at} ${y(first[row])}V${y(min[row])}V${y(max[row])}V${y(last[row])}`;
    })
    .join("");
}
