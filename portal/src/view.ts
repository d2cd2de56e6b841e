/** What Explore and Live show, as a URL: the URL is the state. Pure. */

import { LONGEST_US, type Range } from "./ranges.ts";
import { isoTime, parseSpan, parseTime, spanText, type Zone } from "./times.ts";

export type Layer = "physical" | "raw";

/** A sensor, and the number of the plot that draws it. */
export interface Pick {
  id: string;
  layer: Layer | null;
  plot: number;
}

export interface View {
  sensors: Pick[];
  range: Range;
  layer: Layer;
  asOf: string | null;
  yRanges: Record<number, [number, number]>;
  markerA: number | null;
  markerB: number | null;
  zone: Zone | null;
  /** What a link said of the readings that its maker saw, see `pages/explore/notes/contentMark.ts`. */
  seen: string | null;
}

export const MOST_SENSORS = 100;
export const DEFAULT_RANGE: Range = { kind: "last", lengthUs: 3_600_000_000 };

const EMPTY: View = {
  sensors: [],
  range: DEFAULT_RANGE,
  layer: "physical",
  asOf: null,
  yRanges: {},
  markerA: null,
  markerB: null,
  zone: null,
  seen: null,
};

/** The view that a query string says. What it says wrongly is left out. */
export function readView(query: string): View {
  const search = new URLSearchParams(query);
  const plots = (search.get("plots") ?? "").split(",");
  const names = [...new Set(search.getAll("s"))].slice(0, MOST_SENSORS);
  return {
    ...EMPTY,
    sensors: names.flatMap((name, place) => readPick(name, plots[place], place)),
    range: readRange(search),
    layer: search.get("layer") === "raw" ? "raw" : "physical",
    asOf: readInstant(search.get("asof")),
    yRanges: readLimits(search),
    markerA: readMarker(search.get("a")),
    markerB: readMarker(search.get("b")),
    zone: readZone(search.get("tz")),
    seen: readMark(search.get("seen")),
  };
}

/** How many sensors an address names, if those are more than are drawn; else 0. */
export function namedBeyond(query: string): number {
  const named = new Set(new URLSearchParams(query).getAll("s")).size;
  return named > MOST_SENSORS ? named : 0;
}

/** The query string of a view, without the question mark. Every time is UTC. */
export function writeView(view: View): string {
  const parts = view.sensors.map((pick) => `s=${pick.id}${pick.layer ? `:${pick.layer}` : ""}`);
  if (view.sensors.some((pick, place) => pick.plot !== place)) {
    parts.push(`plots=${view.sensors.map((pick) => pick.plot).join(",")}`);
  }
  parts.push(...writeRange(view.range));
  if (view.layer === "raw") parts.push("layer=raw");
  if (view.asOf) parts.push(`asof=${view.asOf}`);
  for (const [plot, [low, high]] of Object.entries(view.yRanges)) parts.push(`y${plot}=${low},${high}`);
  if (view.markerA !== null) parts.push(`a=${isoTime(view.markerA)}`);
  if (view.markerB !== null) parts.push(`b=${isoTime(view.markerB)}`);
  if (view.zone) parts.push(`tz=${view.zone}`);
  if (view.seen) parts.push(`seen=${view.seen}`);
  return parts.join("&");
}

/** Where the view is, with `now` made a time: the same link shows the same later. */
export function frozen(view: View, nowUs: number, zone: Zone): View {
  const { range } = view;
  if (range.kind === "fixed") return { ...view, zone };
  return { ...view, zone, range: { kind: "fixed", fromUs: nowUs - range.lengthUs, toUs: nowUs } };
}

/** The next view; what its link said was seen goes when something else is asked for. */
export function onwards(view: View, next: View): View {
  return next.seen !== null && questionOf(view) !== questionOf(next) ? { ...next, seen: null } : next;
}

/** What readings a view asks for, whatever it looks like. */
function questionOf({ sensors, range, layer, asOf }: View): string {
  const picks = sensors.map((pick) => [pick.id, pick.layer ?? layer]).sort();
  return JSON.stringify([picks, range, asOf]);
}

/** With another sensor, in a plot of its own. */
export function withSensor(view: View, id: string): View {
  if (view.sensors.some((pick) => pick.id === id) || view.sensors.length >= MOST_SENSORS) return view;
  const plot = 1 + Math.max(-1, ...view.sensors.map((pick) => pick.plot));
  return { ...view, sensors: [...view.sensors, { id, layer: null, plot }] };
}

/** Without a sensor; plots that are empty then go too. */
export function withoutSensor(view: View, id: string): View {
  return renumbered({ ...view, sensors: view.sensors.filter((pick) => pick.id !== id) });
}

/** With a sensor drawn in another plot. */
export function moved(view: View, id: string, plot: number): View {
  const sensors = view.sensors.map((pick) => (pick.id === id ? { ...pick, plot } : pick));
  return renumbered({ ...view, sensors });
}

/** With a sensor shown by another layer than the rest. */
export function withLayer(view: View, id: string, layer: Layer): View {
  return { ...view, sensors: view.sensors.map((pick) => (pick.id === id ? { ...pick, layer } : pick)) };
}

/** The numbers of its plots, in their order. */
export function plotNumbers(view: View): number[] {
  return [...new Set(view.sensors.map((pick) => pick.plot))].sort((one, other) => one - other);
}

function renumbered(view: View): View {
  const numbers = plotNumbers(view);
  const yRanges: View["yRanges"] = {};
  for (const [place, number] of numbers.entries()) {
    const limits = view.yRanges[number];
    if (limits) yRanges[place] = limits;
  }
  const sensors = view.sensors.map((pick) => ({ ...pick, plot: numbers.indexOf(pick.plot) }));
  return { ...view, sensors, yRanges };
}

function readPick(name: string, plotText: string | undefined, place: number): Pick[] {
  const [id = "", layer] = name.split(":");
  if (!/^[0-9a-f-]{36}$/i.test(id)) return [];
  const plot = /^\d{1,2}$/.test(plotText ?? "") ? Number(plotText) : place;
  return [{ id: id.toLowerCase(), layer: layer === "raw" || layer === "physical" ? layer : null, plot }];
}

function readRange(search: URLSearchParams): Range {
  const live = parseSpan(search.get("live") ?? "");
  if (live !== null && live <= LONGEST_US) return { kind: "last", lengthUs: live };
  const from = parseTime(search.get("from") ?? "");
  const to = parseTime(search.get("to") ?? "");
  if (from === null || to === null || to <= from) return DEFAULT_RANGE;
  return { kind: "fixed", fromUs: from, toUs: Math.min(to, from + LONGEST_US) };
}

function writeRange(range: Range): string[] {
  if (range.kind === "last") return [`live=${spanText(range.lengthUs)}`];
  return [`from=${isoTime(range.fromUs)}`, `to=${isoTime(range.toUs)}`];
}

function readLimits(search: URLSearchParams): View["yRanges"] {
  const limits: View["yRanges"] = {};
  for (const [name, text] of search) {
    const plot = /^y(\d{1,2})$/.exec(name)?.[1];
    const [low = Number.NaN, high = Number.NaN] = text.split(",").map(Number);
    if (plot !== undefined && low < high) limits[Number(plot)] = [low, high];
  }
  return limits;
}

function readMarker(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}

function readMark(text: string | null): string | null {
  return text !== null && /^[0-9a-z.-]{1,2000}$/.test(text) ? text : null;
}

function readInstant(text: string | null): string | null {
  const us = parseTime(text ?? "");
  return us === null ? null : isoTime(us);
}

function readZone(text: string | null): Zone | null {
  return text === "utc" || text === "local" ? text : null;
}
