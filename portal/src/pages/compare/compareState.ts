/** What is compared, and how, as the address says it, and as the API is asked. Pure. */

import type { ComparisonQuestion, SavedComparison } from "../../api/types.ts";

/** What each member's time is counted from. */
export type Zero =
  | { kind: "start" }
  | { kind: "session"; ordinal: number }
  | { kind: "annotation"; tag: string }
  | { kind: "crossing"; key: string; value: number; isRising: boolean };

export interface Comparison {
  kind: "runs" | "sessions";
  members: string[];
  subject: "sensors" | "metrics";
  /** Of sensors, or names of metrics; none: the first ones. */
  keys: string[];
  /** What metrics are laid along. */
  by: "step" | "time";
  zero: Zero;
  /** By how much a member is moved by hand: microseconds of its T0, or steps. */
  shifts: Record<string, number>;
  baseline: string | null;
  /** Microseconds since T0, or steps; null: all there is. */
  window: [number, number] | null;
  /** The comparison that is kept, from which this one came. */
  saved: string | null;
}

export const MOST_RUNS = 20;
export const MOST_KEYS = 8;

export function readComparison(query: string): Comparison {
  const search = new URLSearchParams(query);
  const kind = search.has("sessions") && !search.has("runs") ? "sessions" : "runs";
  const members = listOf(search.get(kind)).filter(isId).slice(0, MOST_RUNS);
  const baseline = search.get("base");
  const saved = search.get("saved");
  return {
    kind,
    members,
    subject: kind === "runs" && search.get("of") === "metrics" ? "metrics" : "sensors",
    keys: [...new Set(search.getAll("s"))].slice(0, MOST_KEYS),
    by: search.get("by") === "time" ? "time" : "step",
    zero: readZero(search.get("t0") ?? ""),
    shifts: readShifts(search.getAll("shift"), members),
    baseline: baseline && members.includes(baseline) ? baseline : null,
    window: readWindow(search.get("window")),
    saved: saved && isId(saved) ? saved : null,
  };
}

/** What an address names beyond what is compared at once, in words. */
export function beyond(query: string): string[] {
  const search = new URLSearchParams(query);
  const { kind, subject } = readComparison(query);
  const members = listOf(search.get(kind)).filter(isId).length;
  const keys = new Set(search.getAll("s")).size;
  const nouns = kind === "runs" ? "runs" : "capture sessions";
  return [
    ...(members > MOST_RUNS ? [`The first ${MOST_RUNS} of ${members} ${nouns} are compared.`] : []),
    ...(keys > MOST_KEYS ? [`The first ${MOST_KEYS} of ${keys} ${subject} are shown.`] : []),
  ];
}

export function writeComparison(comparison: Comparison): string {
  const { kind, members, keys, shifts, baseline, window, saved } = comparison;
  const parts = [`${kind}=${members.join(",")}`];
  if (comparison.subject === "metrics") parts.push("of=metrics");
  parts.push(...keys.map((key) => `s=${encodeURIComponent(key)}`));
  if (comparison.subject === "metrics" && comparison.by === "time") parts.push("by=time");
  const zero = writeZero(comparison.zero);
  if (zero) parts.push(`t0=${zero}`);
  for (const member of members) if (shifts[member]) parts.push(`shift=${member}:${shifts[member]}`);
  if (baseline) parts.push(`base=${baseline}`);
  if (window) parts.push(`window=${window[0]},${window[1]}`);
  if (saved) parts.push(`saved=${saved}`);
  return parts.join("&");
}

/** What the API is asked. */
export function questionOf(comparison: Comparison, keys: string[], columns: number): ComparisonQuestion {
  const { members, window } = comparison;
  const moved = members.flatMap((id) => (comparison.shifts[id] ? [[id, comparison.shifts[id]]] : []));
  const shifts: Record<string, number> | null = moved.length ? Object.fromEntries(moved) : null;
  const bounds = window?.map(Math.round) as [number, number] | undefined;
  const isSteps = isByStep(comparison);
  return {
    ...(comparison.kind === "runs" ? { runs: members } : { capture_sessions: members }),
    ...(comparison.subject === "metrics" ? { metrics: keys, by: comparison.by } : { sensors: keys }),
    ...(isSteps ? {} : { align: alignOf(comparison.zero) }),
    ...(shifts && { [isSteps ? "shift_steps" : "shift_us"]: shifts }),
    ...(bounds && (isSteps ? stepsOf(bounds) : { from_us: bounds[0], to_us: bounds[1] })),
    ...(comparison.baseline ? { baseline: comparison.baseline } : {}),
    columns: Math.max(2, Math.min(columns, 4000)),
  };
}

/** Whether members lie over one another by steps, and have no T0. */
export function isByStep(comparison: Pick<Comparison, "subject" | "by">): boolean {
  return comparison.subject === "metrics" && comparison.by === "step";
}

/** At least one. */
function stepsOf([from, to]: [number, number]): { from_step: number; to_step: number } {
  return { from_step: from, to_step: Math.max(to, from + 1) };
}

/** One that is kept, as the page shows it. */
export function comparisonOf(saved: Pick<SavedComparison, "id" | "question">): Comparison {
  const question = saved.question as Partial<ComparisonQuestion>;
  const members = question.runs ?? question.capture_sessions ?? [];
  const isMetrics = !!question.metrics?.length;
  const by = question.by ?? "step";
  const isSteps = isMetrics && by === "step";
  const from = isSteps ? question.from_step : question.from_us;
  const to = isSteps ? question.to_step : question.to_us;
  return {
    kind: question.runs ? "runs" : "sessions",
    members,
    subject: isMetrics ? "metrics" : "sensors",
    keys: (isMetrics ? question.metrics : question.sensors) ?? [],
    by,
    zero: zeroOf(question.align),
    shifts: (isSteps ? question.shift_steps : question.shift_us) ?? {},
    baseline: question.baseline ?? null,
    window: from != null && to != null ? [from, to] : null,
    saved: saved.id,
  };
}

function alignOf(zero: Zero): NonNullable<ComparisonQuestion["align"]> {
  switch (zero.kind) {
    case "session":
      return { capture_session: zero.ordinal };
    case "annotation":
      return { annotation: zero.tag };
    case "crossing":
      return { sensor: zero.key, crosses: zero.value, rising: zero.isRising };
    default:
      return "start";
  }
}

function zeroOf(align: ComparisonQuestion["align"]): Zero {
  if (!align || align === "start") return { kind: "start" };
  if ("capture_session" in align) return { kind: "session", ordinal: align.capture_session };
  if ("annotation" in align) return { kind: "annotation", tag: align.annotation };
  return { kind: "crossing", key: align.sensor, value: align.crosses, isRising: align.rising ?? true };
}

function readZero(text: string): Zero {
  const [kind, first = "", second = "", third] = text.split(":");
  const ordinal = Number(first);
  if (kind === "session" && Number.isInteger(ordinal) && ordinal > 0) return { kind, ordinal };
  if (kind === "annotation" && first) return { kind, tag: decoded(first) };
  if (kind === "crossing" && first && second && Number.isFinite(Number(second)))
    return { kind, key: decoded(first), value: Number(second), isRising: third !== "falling" };
  return { kind: "start" };
}

function writeZero(zero: Zero): string {
  // What the address decodes first must not look like what parts it.
  const twice = (text: string) => encodeURIComponent(encodeURIComponent(text));
  if (zero.kind === "session") return `session:${zero.ordinal}`;
  if (zero.kind === "annotation") return `annotation:${twice(zero.tag)}`;
  if (zero.kind === "crossing")
    return `crossing:${twice(zero.key)}:${zero.value}${zero.isRising ? "" : ":falling"}`;
  return "";
}

/** What is counted from, in words. */
export function zeroText(zero: Zero): string {
  if (zero.kind === "session") return `start of capture session ${zero.ordinal}`;
  if (zero.kind === "annotation") return `annotation ${zero.tag}`;
  if (zero.kind === "crossing")
    return `${zero.key} ${zero.isRising ? "rises" : "falls"} through ${zero.value}`;
  return "start";
}

/** The distance by which an arrow moves T0: about a two-hundredth of what is shown, a round one. */
export function nudgeUs(lengthUs: number): number {
  const rough = Math.max(lengthUs / 200, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = [1, 2, 5].find((each) => each * power >= rough) ?? 10;
  return Math.round(digit * power);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readShifts(texts: string[], members: string[]): Record<string, number> {
  const shifts: Record<string, number> = {};
  for (const text of texts) {
    const [member = "", us = ""] = text.split(":");
    if (members.includes(member) && /^-?\d{1,15}$/.test(us)) shifts[member] = Number(us);
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
