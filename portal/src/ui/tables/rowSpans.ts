/** Which rows of a long table are seen, and where one scrolls to show another. Pure. */

import type { RowSpan } from "../lists/listPages.ts";

// Drawn above and below what is seen, so that a fast wheel shows no hole.
const SPARE_ROWS = 10;

export function seenRows(topPx: number, heightPx: number, rowPx: number, count: number): RowSpan {
  const first = Math.floor(topPx / rowPx) - SPARE_ROWS;
  const last = Math.ceil((topPx + heightPx) / rowPx) + SPARE_ROWS;
  return [Math.max(Math.min(first, count - 1), 0), Math.max(Math.min(last, count - 1), -1)];
}

/** The rows to draw: those that are seen, and the one that has the focus, or it would lose it. */
export function drawnRows([first, last]: RowSpan, focused: number | null, count: number): number[] {
  const rows = Array.from({ length: Math.max(last - first + 1, 0) }, (_, place) => first + place);
  if (focused === null || focused >= count || (focused >= first && focused <= last)) return rows;
  return focused < first ? [focused, ...rows] : [...rows, focused];
}

/** How far to scroll so that a row is seen whole, and no farther; `headPx` of the height are the head's. */
export function topShowing(
  row: number,
  rowPx: number,
  topPx: number,
  heightPx: number,
  headPx: number,
): number {
  const room = Math.max(heightPx - headPx, rowPx);
  if (row * rowPx < topPx) return row * rowPx;
  if ((row + 1) * rowPx > topPx + room) return (row + 1) * rowPx - room;
  return topPx;
}

/** The row that a key leads to; null: the key is not the table's. */
export function rowByKey(key: string, row: number, perPage: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + perPage,
    PageUp: row - perPage,
    Home: 0,
    End: count - 1,
  };
  const asked = steps[key];
  return asked === undefined || count === 0 ? null : Math.min(Math.max(asked, 0), count - 1);
}
