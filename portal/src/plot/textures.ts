/** What is drawn behind the lines: gaps, the future, and what has not been loaded look different. */

import type { Colours } from "./colours.ts";
import { type Place, xOf, yOf } from "./trace.ts";

export interface Background {
  silences: [number, number][];
  loaded: [number, number] | null;
  nowUs: number;
}

/** Gaps are tinted, the future is hatched, what is not loaded is dotted. */
export function drawBackground(
  context: CanvasRenderingContext2D,
  place: Place,
  behind: Background,
  colours: Colours,
): void {
  context.save();
  context.beginPath();
  context.rect(place.left, place.top, place.width, place.height);
  context.clip();
  context.fillStyle = colours.gap;
  for (const [from, to] of behind.silences) fillTime(context, place, from, Math.min(to, behind.nowUs));
  context.fillStyle = hatched(context, colours.future);
  if (behind.nowUs < place.toUs) fillTime(context, place, behind.nowUs, place.toUs);
  context.fillStyle = dotted(context, colours.muted);
  const [from, to] = behind.loaded ?? [place.toUs, place.toUs];
  fillTime(context, place, place.fromUs, Math.min(from, behind.nowUs));
  fillTime(context, place, to, Math.min(place.toUs, behind.nowUs));
  context.restore();
}

/** What lies between two values in each bucket, from the middle of one to that of the next; broken by gaps. */
export function drawBand(
  context: CanvasRenderingContext2D,
  place: Place,
  band: { tUs: Float64Array; low: Float64Array; high: Float64Array; bucketUs: number; gapUs: number },
  colours: Colours,
): void {
  context.save();
  context.globalAlpha = 0.14;
  context.fillStyle = colours.ink;
  const path = new Path2D();
  for (let start = 0; start < band.tUs.length; ) {
    let end = start + 1;
    while (end < band.tUs.length && (band.tUs[end] ?? 0) - (band.tUs[end - 1] ?? 0) <= band.gapUs) end += 1;
    addStretch(path, place, band, start, end);
    start = end;
  }
  context.fill(path);
  context.restore();
}

function addStretch(
  path: Path2D,
  place: Place,
  band: { tUs: Float64Array; low: Float64Array; high: Float64Array; bucketUs: number },
  start: number,
  end: number,
): void {
  const x = (row: number) => xOf(place, (band.tUs[row] ?? 0) + band.bucketUs / 2);
  path.moveTo(x(start), yOf(place, band.high[start] ?? 0));
  for (let row = start + 1; row < end; row += 1) path.lineTo(x(row), yOf(place, band.high[row] ?? 0));
  for (let row = end - 1; row >= start; row -= 1) path.lineTo(x(row), yOf(place, band.low[row] ?? 0));
  path.closePath();
}

/** What is noted: a line with a small flag at a moment, a bar above a stretch, and its words where there is room. */
export function drawFlags(
  context: CanvasRenderingContext2D,
  place: Place,
  flags: { fromUs: number; toUs: number; text: string }[],
  colours: Colours,
): void {
  const size = 5 * devicePixelRatio;
  const sorted = [...flags].sort((one, other) => one.fromUs - other.fromUs);
  context.save();
  context.fillStyle = context.strokeStyle = colours.accent;
  context.lineWidth = devicePixelRatio;
  for (const [row, { fromUs, toUs, text }] of sorted.entries()) {
    const from = Math.round(xOf(place, fromUs));
    const to = Math.round(xOf(place, toUs));
    context.globalAlpha = 0.5;
    context.beginPath();
    for (const x of [from, to]) {
      context.moveTo(x + 0.5, place.top);
      context.lineTo(x + 0.5, place.top + place.height);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.fillRect(from, place.top, Math.max(to - from, size), size);
    const next = sorted[row + 1];
    const end = next ? xOf(place, next.fromUs) : place.left + place.width;
    const left = Math.max(from, place.left);
    // The unit stands in that corner.
    const below = left - place.left < 60 * devicePixelRatio ? 14 * devicePixelRatio : 0;
    drawWords(context, text, left, place.top + size + below, end);
  }
  context.restore();
}

/** As much of a text as fits before `end`; nothing where that says nothing. */
function drawWords(
  context: CanvasRenderingContext2D,
  text: string,
  left: number,
  top: number,
  end: number,
): void {
  const air = 4 * devicePixelRatio;
  context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "top";
  const fits = (words: string) => context.measureText(words).width <= end - left - 2 * air;
  let words = text.split("\n")[0] ?? "";
  if (!fits(words)) {
    while (words && !fits(`${words}…`)) words = words.slice(0, -1);
    if (words.length < 3) return;
    words = `${words.trimEnd()}…`;
  }
  context.fillText(words, left + air, top + air / 2);
}

/** Where readings are flagged: a rug at the foot of the plot. */
export function drawFlagged(
  context: CanvasRenderingContext2D,
  place: Place,
  flagged: { fromUs: number; toUs: number }[],
  colours: Colours,
): void {
  const size = 5 * devicePixelRatio;
  context.save();
  context.fillStyle = colours.bad;
  for (const { fromUs, toUs } of flagged) {
    const from = Math.floor(xOf(place, fromUs));
    const width = Math.max(Math.ceil(xOf(place, toUs)) - from, 2 * devicePixelRatio);
    context.fillRect(from, place.top + place.height - size, width, size);
  }
  context.restore();
}

/** The moment whose readings are listed beside the plots. */
export function drawPicked(
  context: CanvasRenderingContext2D,
  place: Place,
  us: number | null,
  colours: Colours,
): void {
  if (us === null || us < place.fromUs || us > place.toUs) return;
  const x = Math.round(xOf(place, us)) + 0.5;
  context.save();
  context.strokeStyle = colours.accent;
  context.lineWidth = 2 * devicePixelRatio;
  context.beginPath();
  context.moveTo(x, place.top);
  context.lineTo(x, place.top + place.height);
  context.stroke();
  context.restore();
}

function fillTime(context: CanvasRenderingContext2D, place: Place, fromUs: number, toUs: number): void {
  const left = Math.max(xOf(place, fromUs), place.left);
  const right = Math.min(xOf(place, toUs), place.left + place.width);
  if (right > left) context.fillRect(left, place.top, right - left, place.height);
}

function hatched(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  return pattern(context, "hatched", colour, (tile) => {
    tile.moveTo(-2, 10);
    tile.lineTo(10, -2);
    tile.moveTo(6, 10);
    tile.lineTo(10, 6);
    tile.moveTo(-2, 2);
    tile.lineTo(2, -2);
    tile.stroke();
  });
}

function dotted(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  return pattern(context, "dotted", colour, (tile) => {
    tile.globalAlpha = 0.35;
    tile.fillRect(1, 1, 1.5, 1.5);
    tile.fillRect(5, 5, 1.5, 1.5);
  });
}

const patterns = new Map<string, CanvasPattern | string>();

function pattern(
  context: CanvasRenderingContext2D,
  name: string,
  colour: string,
  draw: (tile: CanvasRenderingContext2D) => void,
): CanvasPattern | string {
  const key = `${name} ${colour}`;
  const known = patterns.get(key);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const tile = canvas.getContext("2d");
  if (!tile) return colour;
  tile.strokeStyle = tile.fillStyle = colour;
  tile.beginPath();
  draw(tile);
  const made = context.createPattern(canvas, "repeat") ?? colour;
  patterns.set(key, made);
  return made;
}
