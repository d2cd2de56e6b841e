/** What a backfill is to be about: as its form holds it, as an address, and as the API takes it. Pure. */

import { typedRange } from "../../ranges.ts";
import { isoTime, parseTime, SECOND, wallText, type Zone } from "../../times.ts";

export interface BackfillScope {
  sensors: string[];
  run: string | null;
  session: string | null;
  /** As it is typed; empty is everything that is stored. */
  period: string;
  /** A version of the calibration of the one sensor, or null: those that hold at each reading's time. */
  profile: string | null;
}

/** From and to; either is null where it is open. */
export interface OpenPeriod {
  fromUs: number | null;
  toUs: number | null;
}

export const WHOLE: OpenPeriod = { fromUs: null, toUs: null };

/** The scope that an address names. */
export function readScope(query: string, zone: Zone): BackfillScope {
  const search = new URLSearchParams(query);
  const [fromUs, toUs] = [parseTime(search.get("from") ?? ""), parseTime(search.get("to") ?? "")];
  return {
    sensors: [...new Set(search.getAll("s"))],
    run: search.get("run"),
    session: search.get("session"),
    profile: search.get("profile"),
    period: periodText({ fromUs, toUs }, zone),
  };
}

/** The address of a plan. */
export function planAddress(plan: {
  sensors?: string[];
  run?: string;
  session?: string;
  from?: string | null;
  to?: string | null;
}): string {
  const search = new URLSearchParams();
  for (const id of plan.sensors ?? []) search.append("s", id);
  for (const name of ["run", "session", "from", "to"] as const) {
    const value = plan[name];
    if (value) search.set(name, value);
  }
  return `/backfills/new?${search}`;
}

/** `2026-11-26 10:00:00 to 2026-11-26 11:00:00`: as it may be typed, exact to the microsecond. */
export function periodText({ fromUs, toUs }: OpenPeriod, zone: Zone): string {
  if (fromUs !== null && toUs !== null) return `${wallText(fromUs, zone)} to ${wallText(toUs, zone)}`;
  if (fromUs !== null) return `from ${wallText(fromUs, zone)}`;
  return toUs === null ? "" : `until ${wallText(toUs, zone)}`;
}

/** A period that a hand chose over so long a window, at times as round as the hand was exact. */
export function roundPeriod(one: number, other: number, windowUs: number): OpenPeriod {
  const step =
    [60 * SECOND, 10 * SECOND, SECOND].find((each) => windowUs >= 500 * each) ?? finestStep(windowUs);
  const [from, to] = [Math.min(one, other), Math.max(one, other)].map((us) => Math.round(us / step) * step);
  return { fromUs: from ?? 0, toUs: Math.max(to ?? 0, (from ?? 0) + step) };
}

function finestStep(windowUs: number): number {
  return Math.max(1, 10 ** Math.floor(Math.log10(windowUs / 500)));
}

/** What a typed period says; null: no period. */
export function readPeriod(text: string, nowUs: number, zone: Zone): OpenPeriod | null {
  const line = text.trim();
  if (!line) return WHOLE;
  const half = /^(from|since|until|before) (.+)$/i.exec(line);
  if (half) return halfOpen(half[1] ?? "", half[2] ?? "", nowUs, zone);
  const range = typedRange(line, nowUs, zone);
  if (!range) return null;
  if (range.kind === "fixed") return { fromUs: range.fromUs, toUs: range.toUs };
  return { fromUs: nowUs - range.lengthUs, toUs: nowUs };
}

/** The fields of the API's body. */
export function scopeBody(scope: BackfillScope, { fromUs, toUs }: OpenPeriod) {
  return {
    ...(scope.sensors.length ? { sensors: scope.sensors } : {}),
    ...(scope.run ? { run: scope.run } : {}),
    ...(scope.session ? { capture_session: scope.session } : {}),
    ...(fromUs === null ? {} : { from: isoTime(fromUs) }),
    ...(toUs === null ? {} : { to: isoTime(toUs) }),
    ...(scope.profile ? { profile: scope.profile } : {}),
  };
}

const FAR = "9999-01-01 00:00";

function halfOpen(word: string, moment: string, nowUs: number, zone: Zone): OpenPeriod | null {
  const range = typedRange(`${moment} to ${FAR}`, nowUs, zone);
  if (range?.kind !== "fixed") return null;
  const isStart = /^(from|since)$/i.test(word);
  return isStart ? { fromUs: range.fromUs, toUs: null } : { fromUs: null, toUs: range.fromUs };
}
