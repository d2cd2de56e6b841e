/** The limits of a plot's value axis. Pure. */

import { type Columns, extremes, rowFrom } from "../series/columns.ts";

/** Round about what is seen of all lines, with some air; `before` stays where it fits well enough. */
export function valueLimits(
  lines: readonly { columns: Columns }[],
  fromUs: number,
  toUs: number,
  before: [number, number] | null,
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { columns } of lines) {
    const found = extremes(columns, fromUs, toUs) ?? beside(columns, fromUs, toUs);
    if (found) {
      low = Math.min(low, found[0]);
      high = Math.max(high, found[1]);
    }
  }
  if (low > high) return before ?? [0, 1];
  return settled(aired(low, high), low, high, before);
}

/** A window between two readings shows the line between them. */
function beside(columns: Columns, fromUs: number, toUs: number): [number, number] | null {
  const row = rowFrom(columns, fromUs);
  if (row <= columns.start || row >= columns.end) return null;
  const values = [columns.last[row - 1], columns.first[rowFrom(columns, toUs)]] as number[];
  return values.some(Number.isNaN) ? null : [Math.min(...values), Math.max(...values)];
}

/** With air above and below; a constant gets some of its own size. */
export function aired(low: number, high: number): [number, number] {
  const span = high - low;
  const air = span > 0 ? span * 0.06 : Math.abs(low) * 0.01 || 1;
  return [low - air, high + air];
}

/** A live plot's axis does not tremble: it stays while everything fits, and less than a third is empty. */
function settled(
  wanted: [number, number],
  low: number,
  high: number,
  before: [number, number] | null,
): [number, number] {
  if (!before || low < before[0] || high > before[1]) return wanted;
  return wanted[1] - wanted[0] < (before[1] - before[0]) * 0.66 ? wanted : before;
}
