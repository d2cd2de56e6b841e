/** What is drawn behind the lines: gaps, the future, and what has not been loaded look different. */

import type { Colours } from "./colours.ts";
import { type Place, xOf } from "./trace.ts";

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

/** What is noted: a line with a small flag at a moment, a bar above a stretch. */
export function drawFlags(
  context: CanvasRenderingContext2D,
  place: Place,
  flags: { fromUs: number; toUs: number; text: string }[],
  colours: Colours,
): void {
  const size = 5 * devicePixelRatio;
  context.save();
  context.fillStyle = context.strokeStyle = colours.accent;
  context.lineWidth = devicePixelRatio;
  for (const { fromUs, toUs } of flags) {
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
  }
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
