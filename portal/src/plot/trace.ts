/** The line of one sensor: one stroke per column of pixels, so that no extreme is lost at any zoom. Pure. */

import { type Columns, rowFrom } from "../series/columns.ts";

/** What draws: a canvas, or what a test writes down. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Where times and values stand on the canvas, in its pixels. */
export interface Place {
  fromUs: number;
  toUs: number;
  left: number;
  width: number;
  top: number;
  height: number;
  low: number;
  high: number;
}

export function xOf(place: Place, us: number): number {
  return place.left + ((us - place.fromUs) / (place.toUs - place.fromUs)) * place.width;
}

export function yOf(place: Place, value: number): number {
  const share = (value - place.low) / (place.high - place.low);
  // A canvas draws nothing of coordinates that are beyond its arithmetic.
  return place.top + (1 - Math.min(Math.max(share, -50), 50)) * place.height;
}

/**
 * Draws the rows that are seen. Within one column of pixels: to the first value, from the least to the
 * greatest, and on from the last. A row without value, or a silence longer than `gapUs`, breaks the line.
 * Returns how many strokes were drawn.
 */
export function trace(pen: Pen, columns: Columns, place: Place, gapUs: number, isStep = false): number {
  const shift = columns.bucketUs / 2;
  const begin = Math.max(rowFrom(columns, place.fromUs - columns.bucketUs) - 1, columns.start);
  const end = Math.min(rowFrom(columns, place.toUs) + 1, columns.end);
  let strokes = 0;
  let x = Number.NaN;
  let first = 0;
  let low = 0;
  let high = 0;
  let last = 0;
  let before = Number.NaN;
  let penX = Number.NaN;
  let penY = 0;
  const flush = () => {
    if (Number.isNaN(x)) return;
    const y = yOf(place, first);
    if (Number.isNaN(penX)) pen.moveTo(x, y);
    else {
      if (isStep) pen.lineTo(x, penY);
      pen.lineTo(x, y);
    }
    if (low < high) {
      pen.moveTo(x, yOf(place, low));
      pen.lineTo(x, yOf(place, high));
      pen.moveTo(x, yOf(place, last));
    }
    penX = x;
    penY = yOf(place, last);
    strokes += 1;
    x = Number.NaN;
  };
  for (let row = begin; row < end; row += 1) {
    const tUs = columns.tUs[row] as number;
    const value = columns.first[row] as number;
    const isBroken = tUs - before > gapUs || Number.isNaN(value);
    const nextX = Math.round(xOf(place, tUs + shift));
    if (isBroken || nextX !== x) flush();
    if (isBroken) penX = Number.NaN;
    before = tUs;
    if (Number.isNaN(value)) continue;
    if (nextX !== x) {
      x = nextX;
      first = value;
      low = columns.min[row] as number;
      high = columns.max[row] as number;
    } else {
      low = Math.min(low, columns.min[row] as number);
      high = Math.max(high, columns.max[row] as number);
    }
    last = columns.last[row] as number;
  }
  flush();
  return strokes;
}

/** Readings far enough apart to be marked one by one, as x, y. */
export function dots(columns: Columns, place: Place, leastPx: number): [number, number][] {
  if (columns.bucketUs > 0) return [];
  const begin = rowFrom(columns, place.fromUs);
  const end = rowFrom(columns, place.toUs);
  if (end - begin > place.width / leastPx) return [];
  const found: [number, number][] = [];
  for (let row = begin; row < end; row += 1) {
    const value = columns.last[row] as number;
    if (!Number.isNaN(value)) {
      found.push([xOf(place, columns.tUs[row] as number), yOf(place, value)]);
    }
  }
  return found;
}
