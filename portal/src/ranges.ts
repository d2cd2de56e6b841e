/** Periods: fixed, or up to now; what is typed into the time picker becomes one of them. */

import { DAY, fromClock, HOUR, MINUTE, MS, offsetMinutes, parseSpan, SECOND, type Zone } from "./times.ts";

export type Range = { kind: "fixed"; fromUs: number; toUs: number } | { kind: "last"; lengthUs: number };

export interface Period {
  fromUs: number;
  toUs: number;
}

export const LEAST_US = 10;
export const LONGEST_US = 400 * DAY;

/** From and to, where a moving range ends now. */
export function periodOf(range: Range, nowUs: number): Period {
  if (range.kind === "fixed") return { fromUs: range.fromUs, toUs: range.toUs };
  return { fromUs: nowUs - range.lengthUs, toUs: nowUs };
}

/** The same shape, whole microseconds, no shorter than can be drawn. */
export function fixedRange(fromUs: number, toUs: number): Range {
  const from = Math.floor(fromUs);
  return { kind: "fixed", fromUs: from, toUs: Math.max(Math.ceil(toUs), from + LEAST_US) };
}

/** Zoomed by `factor` about a moment: below one is closer. */
export function zoomed(period: Period, aboutUs: number, factor: number): Range {
  const length = period.toUs - period.fromUs;
  const wanted = Math.min(Math.max(length * factor, LEAST_US), LONGEST_US);
  const share = length > 0 ? (aboutUs - period.fromUs) / length : 0.5;
  const from = aboutUs - share * wanted;
  return fixedRange(from, from + wanted);
}

/** Moved by a share of its length. */
export function panned(period: Period, share: number): Range {
  const step = (period.toUs - period.fromUs) * share;
  return fixedRange(period.fromUs + step, period.toUs + step);
}

const WORDS: Record<string, number> = {
  us: 1,
  µs: 1,
  microsecond: 1,
  ms: MS,
  millisecond: MS,
  s: SECOND,
  sec: SECOND,
  second: SECOND,
  m: MINUTE,
  min: MINUTE,
  minute: MINUTE,
  h: HOUR,
  hr: HOUR,
  hour: HOUR,
  d: DAY,
  day: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
};

/** `last 2 h`, `90 s`, `today`, `yesterday`, `2026-11-26 10:00 to 11:30`; null where it says no period. */
export function typedRange(text: string, nowUs: number, zone: Zone): Range | null {
  const line = text.trim().replace(/\s+/g, " ");
  return lastRange(line) ?? dayRange(line.toLowerCase(), nowUs, zone) ?? spokenRange(line, nowUs, zone);
}

function lastRange(line: string): Range | null {
  const length = lengthOf(line.replace(/^(the )?(last|past) |^-/i, ""));
  return length === null || length > LONGEST_US ? null : { kind: "last", lengthUs: length };
}

function lengthOf(text: string): number | null {
  const compact = parseSpan(text);
  if (compact !== null) return compact;
  const parts = /^(\d+(?:\.\d+)?)? ?([a-zµ]+)$/i.exec(text);
  const word = parts?.[2]?.toLowerCase() ?? "";
  const unit = WORDS[word] ?? WORDS[word.replace(/s$/, "")];
  const us = unit ? Math.round(Number(parts?.[1] ?? 1) * unit) : 0;
  return us > 0 ? us : null;
}

function dayRange(line: string, nowUs: number, zone: Zone): Range | null {
  const start = midnight(nowUs, zone);
  if (line === "today") return fixedRange(start, nowUs);
  if (line === "yesterday") return fixedRange(midnight(start - 1, zone), start);
  const day = /^\d{4}-\d\d-\d\d$/.test(line) ? fromClock(`${line}T00:00`, zone) : null;
  return day === null ? null : fixedRange(day, midnight(day + 26 * HOUR, zone));
}

function spokenRange(line: string, nowUs: number, zone: Zone): Range | null {
  const [first = "", second = ""] = line.split(/ (?:to|until|–|—|-) |\.\.|\/| – /);
  const from = moment(first, nowUs, zone);
  const to = second === "now" ? nowUs : moment(withDate(second, first), nowUs, zone);
  return from === null || to === null || to <= from ? null : fixedRange(from, to);
}

function moment(text: string, nowUs: number, zone: Zone): number | null {
  if (text === "now") return nowUs;
  const length = text.startsWith("-") ? lengthOf(text.slice(1)) : null;
  if (length !== null) return nowUs - length;
  const today = /^\d\d:\d\d/.test(text) ? `${dayOf(nowUs, zone)}T${text}` : text;
  return fromClock(/^\d{4}-\d\d-\d\d$/.test(today) ? `${today}T00:00` : today, zone);
}

function withDate(text: string, other: string): string {
  const date = /^\d{4}-\d\d-\d\d/.exec(other);
  return date && /^\d\d:\d\d/.test(text) ? `${date[0]}T${text}` : text;
}

function midnight(us: number, zone: Zone): number {
  return fromClock(`${dayOf(us, zone)}T00:00`, zone) ?? us;
}

function dayOf(us: number, zone: Zone): string {
  return new Date(us / MS - offsetMinutes(us, zone) * 60_000).toISOString().slice(0, 10);
}
