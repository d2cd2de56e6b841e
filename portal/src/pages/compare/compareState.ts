/** Which runs are compared, and how, as the address says it; and a run's time counted from its T0. Pure. */

import type { CaptureSession, Run } from "../../api/types.ts";
import type { Columns } from "../../series/columns.ts";
import { isoTime, MINUTE, parseTime } from "../../times.ts";

/** What each run's time is counted from: its start, or that of its capture session of this number. */
export type Start = "run" | number;

export interface Comparison {
  runs: string[];
  keys: string[];
  start: Start;
  /** Microseconds by which a run's T0 is moved by hand. */
  shiftUs: Record<string, number>;
  baseline: string | null;
  /** Microseconds since T0; null: as long as the longest run. */
  window: [number, number] | null;
}

export const MOST_RUNS = 20;
export const MOST_KEYS = 8;

export function readComparison(query: string): Comparison {
  const search = new URLSearchParams(query);
  const runs = listOf(search.get("runs")).filter(isId).slice(0, MOST_RUNS);
  const session = Number(/^session:(\d+)$/.exec(search.get("t0") ?? "")?.[1]);
  const baseline = search.get("base");
  return {
    runs,
    keys: [...new Set(search.getAll("s"))].slice(0, MOST_KEYS),
    start: Number.isNaN(session) ? "run" : session,
    shiftUs: readShifts(search.getAll("shift"), runs),
    baseline: baseline && runs.includes(baseline) ? baseline : null,
    window: readWindow(search.get("window")),
  };
}

export function writeComparison(comparison: Comparison): string {
  const { runs, keys, start, shiftUs, baseline, window } = comparison;
  const parts = [`runs=${runs.join(",")}`, ...keys.map((key) => `s=${encodeURIComponent(key)}`)];
  if (start !== "run") parts.push(`t0=session:${start}`);
  for (const run of runs) if (shiftUs[run]) parts.push(`shift=${run}:${shiftUs[run]}`);
  if (baseline) parts.push(`base=${baseline}`);
  if (window) parts.push(`window=${window[0]},${window[1]}`);
  return parts.join("&");
}

/** A run's T0 in absolute microseconds, or null where it has none: it has not started, or has no such session. */
export function zeroOf(
  comparison: Comparison,
  run: Pick<Run, "id" | "started_at">,
  sessions: Pick<CaptureSession, "ordinal" | "started_at">[],
): number | null {
  const { start } = comparison;
  const session = start === "run" ? null : sessions.find((each) => each.ordinal === start);
  const began = start === "run" ? run.started_at : session?.started_at;
  const us = began ? parseTime(began) : null;
  return us === null ? null : us + (comparison.shiftUs[run.id] ?? 0);
}

/** The longest run from its T0 on; a minute where none has an end yet. */
export function wholeWindow(
  runs: { zeroUs: number | null; finished_at: string | null }[],
  nowUs: number,
): [number, number] {
  const lengths = runs.map(({ zeroUs, finished_at }) =>
    zeroUs === null ? 0 : ((finished_at ? parseTime(finished_at) : null) ?? nowUs) - zeroUs,
  );
  return [0, Math.max(MINUTE, ...lengths)];
}

/** The same columns with their times counted from T0. */
export function sinceZero(columns: Columns, zeroUs: number): Columns {
  return { ...columns, tUs: columns.tUs.map((us) => us - zeroUs) };
}

/** The period to ask for, in words of the API. */
export function periodSince(zeroUs: number, window: [number, number]): { fromUs: number; toUs: number } {
  return { fromUs: Math.round(zeroUs + window[0]), toUs: Math.round(zeroUs + window[1]) };
}

export interface ParameterRow {
  name: string;
  values: string[];
  isSame: boolean;
}

/** The parameters of all runs, those that differ first. */
export function parametersOf(runs: Pick<Run, "params">[]): ParameterRow[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.params ?? {})))];
  const rows = names.map((name) => {
    const values = runs.map((run) => shownOf(run.params?.[name]));
    return { name, values, isSame: values.every((value) => value === values[0]) };
  });
  return [...rows.filter((row) => !row.isSame), ...rows.filter((row) => row.isSame)];
}

/** Where Explore shows the same stretch of one run. */
export function exploreQuery(sensorIds: string[], zeroUs: number, window: [number, number]): string {
  const { fromUs, toUs } = periodSince(zeroUs, window);
  return [...sensorIds.map((id) => `s=${id}`), `from=${isoTime(fromUs)}`, `to=${isoTime(toUs)}`].join("&");
}

function shownOf(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function readShifts(texts: string[], runs: string[]): Record<string, number> {
  const shifts: Record<string, number> = {};
  for (const text of texts) {
    const [run = "", us = ""] = text.split(":");
    if (runs.includes(run) && /^-?\d{1,15}$/.test(us)) shifts[run] = Number(us);
  }
  return shifts;
}

function readWindow(text: string | null): [number, number] | null {
  const [from = Number.NaN, to = Number.NaN] = (text ?? "").split(",").map(Number);
  return to > from ? [from, to] : null;
}

function listOf(text: string | null): string[] {
  return [...new Set((text ?? "").split(",").map((each) => each.toLowerCase()))].filter(Boolean);
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
