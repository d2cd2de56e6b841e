/** Times: integer microseconds since 1970 UTC, exact in a float64 until 2255; as text, and as people type them. */

export const MS = 1_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Zone = "utc" | "local";

const RFC3339 = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const UNITS_US: Record<string, number> = {
  us: 1,
  ms: MS,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};

/** Microseconds of an RFC 3339 time, or null if the text is none. */
export function parseTime(text: string): number | null {
  const parts = RFC3339.exec(text.trim());
  if (!parts) return null;
  const clock = parts[2]?.length === 5 ? `${parts[2]}:00` : parts[2];
  const whole = Date.parse(`${parts[1]}T${clock}${parts[4]?.toUpperCase()}`);
  if (Number.isNaN(whole)) return null;
  return whole * MS + Math.round(Number(`0${parts[3] ?? ""}`) * SECOND);
}

/** RFC 3339 in UTC, with as many digits as are needed. */
export function isoTime(us: number): string {
  const second = Math.floor(us / SECOND);
  const rest = Math.round(us - second * SECOND);
  const text = new Date(second * 1000).toISOString().slice(0, 19);
  return rest === 0 ? `${text}Z` : `${text}.${digits(rest, 6).replace(/0+$/, "")}Z`;
}

/** A length such as `90s`, as the API writes it; null if it is none. */
export function parseSpan(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w)$/.exec(text.trim());
  const unit = parts && UNITS_US[parts[2] ?? ""];
  const us = unit ? Math.round(Number(parts[1]) * unit) : 0;
  return us > 0 ? us : null;
}

/** The shortest exact form of a length: `90s`, `2h`, `1500ms`. */
export function spanText(us: number): string {
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = UNITS_US[unit] ?? 1;
    if (us >= size && us % size === 0) return `${us / size}${unit}`;
  }
  return `${Math.round(us)}us`;
}

/** A length for people: `1 h 20 min`, `3.25 s`, `840 µs`; at most two units. */
export function durationText(us: number): string {
  const size = Math.abs(us);
  if (size < MS) return `${trimmed(us)} µs`;
  if (size < SECOND) return `${trimmed(us / MS)} ms`;
  if (size < MINUTE) return `${trimmed(us / SECOND)} s`;
  const sign = us < 0 ? "−" : "";
  if (size < HOUR) return sign + twoUnits(size, MINUTE, "min", SECOND, "s");
  if (size < DAY) return sign + twoUnits(size, HOUR, "h", MINUTE, "min");
  return sign + twoUnits(size, DAY, "d", HOUR, "h");
}

/** How long ago: `just now`, `12 s ago`, `3 d ago`. */
export function agoText(us: number, nowUs: number): string {
  const age = nowUs - us;
  if (age < SECOND) return "just now";
  for (const [size, unit] of [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
  ] as const) {
    if (age >= size) return `${Math.floor(age / size)} ${unit} ago`;
  }
  return `${Math.floor(age / SECOND)} s ago`;
}

export interface Clock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  us: number;
}

/** What a clock and a calendar on the wall show. */
export function clockOf(us: number, zone: Zone): Clock {
  const second = Math.floor(us / SECOND);
  const shifted = new Date(second * 1000 - offsetMinutes(us, zone) * 60_000);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    us: Math.round(us - second * SECOND),
  };
}

/** Minutes to add to the zone's clock for UTC, as `Date` counts them. */
export function offsetMinutes(us: number, zone: Zone): number {
  return zone === "utc" ? 0 : new Date(us / MS).getTimezoneOffset();
}

/** `UTC`, or `UTC+2` for the browser's zone at that time. */
export function zoneSuffix(us: number, zone: Zone): string {
  const minutes = -offsetMinutes(us, zone);
  if (zone === "utc") return "UTC";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${digits(rest, 2)}` : ""}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function dateText(us: number, zone: Zone): string {
  const clock = clockOf(us, zone);
  return `${clock.day} ${MONTHS[clock.month - 1]} ${clock.year}`;
}

/** Hours to seconds, and as many decimals as are asked for. */
export function clockText(us: number, zone: Zone, decimals = 0): string {
  const clock = clockOf(us, zone);
  const text = `${digits(clock.hour, 2)}:${digits(clock.minute, 2)}:${digits(clock.second, 2)}`;
  return decimals ? `${text}.${digits(clock.us, 6).slice(0, decimals)}` : text;
}

/** Date, clock and zone: no time stands without its zone. */
export function timeText(us: number, zone: Zone, decimals = 0): string {
  return `${dateText(us, zone)}, ${clockText(us, zone, decimals)} ${zoneSuffix(us, zone)}`;
}

/** `2026-11-26 10:00:00`, as it may be typed, exact to the microsecond. */
export function wallText(us: number, zone: Zone): string {
  const clock = clockOf(us, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = us % SECOND ? `.${String(clock.us).padStart(6, "0")}` : "";
  const date = `${String(clock.year).padStart(4, "0")}-${two(clock.month)}-${two(clock.day)}`;
  return `${date} ${two(clock.hour)}:${two(clock.minute)}:${two(clock.second)}${rest}`;
}

/** Microseconds of a wall clock's time in a zone, or null. */
export function fromClock(text: string, zone: Zone): number | null {
  if (/(Z|[+-]\d\d:\d\d)$/i.test(text)) return parseTime(text);
  const utc = parseTime(`${text}Z`);
  if (utc === null || zone === "utc") return utc;
  const guess = utc + offsetMinutes(utc, zone) * MINUTE;
  return utc + offsetMinutes(guess, zone) * MINUTE;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

function twoUnits(us: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const count = Math.floor(us / large);
  const rest = Math.floor((us - count * large) / small);
  return rest ? `${count} ${largeUnit} ${rest} ${smallUnit}` : `${count} ${largeUnit}`;
}
