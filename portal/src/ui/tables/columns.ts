/** Columns of tables: which are shown at a width, as the reader chose or as they fit. Pure. */

import type { ComponentChildren } from "preact";

export interface Column<Item> {
  name: string;
  cell: (item: Item) => ComponentChildren;
  isNumber?: boolean;
  /** Left out where there is no room, the last one first. */
  isExtra?: boolean;
  /** Shown only where it is chosen. */
  isOffered?: boolean;
  sort?: string;
  /** Least width in pixels. */
  least?: number;
  /** Share of the room that is left; 0: as wide as `least`. */
  grow?: number;
}

export interface FittedColumns<Item> {
  columns: Column<Item>[];
  /** Each row is a card: its first column above the others. */
  isCards: boolean;
  leastPx: number;
  /** As CSS Grid takes it. */
  tracks: string;
}

const LEAST_PX = 96;
const CARDS_BELOW_PX = 620;

/**
 * What is chosen; where nothing is (null), what is not only offered, and of that what fits. The first column is always
 * there, and so is one without a name.
 */
export function fitColumns<Item>(
  columns: readonly Column<Item>[],
  widthPx: number,
  chosen: readonly string[] | null,
): FittedColumns<Item> {
  const offered = columns.filter((column, place) => isShown(column, place, chosen));
  const fitting = chosen ? offered : withoutExtras(offered, widthPx);
  const leastPx = fitting.reduce((sum, column) => sum + leastOf(column), 0);
  return {
    columns: fitting,
    isCards: widthPx < CARDS_BELOW_PX && leastPx > widthPx,
    leastPx,
    tracks: fitting.map(trackOf).join(" "),
  };
}

/** Those that a reader may choose among. */
export function choosable<Item>(columns: readonly Column<Item>[]): Column<Item>[] {
  return columns.filter((column, place) => place > 0 && column.name);
}

function isShown<Item>(column: Column<Item>, place: number, chosen: readonly string[] | null): boolean {
  if (!column.name || place === 0) return true;
  return chosen ? chosen.includes(column.name) : !column.isOffered;
}

function withoutExtras<Item>(columns: Column<Item>[], widthPx: number): Column<Item>[] {
  const fitting = [...columns];
  const width = () => fitting.reduce((sum, column) => sum + leastOf(column), 0);
  while (width() > widthPx) {
    const extra = fitting.findLastIndex((column) => column.isExtra);
    if (extra < 0) break;
    fitting.splice(extra, 1);
  }
  return fitting;
}

function leastOf<Item>(column: Column<Item>): number {
  return column.least ?? LEAST_PX;
}

function trackOf<Item>(column: Column<Item>): string {
  const grow = column.grow ?? (column.name && !column.isNumber ? 1 : 0);
  return grow ? `minmax(${leastOf(column)}px, ${grow}fr)` : `${leastOf(column)}px`;
}
