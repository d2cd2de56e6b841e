/** What narrows a list of runs down, as the address says it and as the API is asked. Pure. */

import type { RunStatus } from "../../../api/types.ts";

export interface RunFilters {
  text: string;
  status: RunStatus | null;
  tags: string[];
  sensor: string | null;
  profile: string | null;
  experiment: string | null;
  gitSha: string | null;
  createdBy: string | null;
  /** Days of UTC, the last one included. */
  from: string | null;
  to: string | null;
  /** Such as `max_p1>95`. */
  measures: string[];
  sort: RunSort;
}

export const RUN_STATUSES: readonly RunStatus[] = ["draft", "running", "finished", "failed", "archived"];
export const RUN_SORTS = [
  "-created_at",
  "created_at",
  "-started_at",
  "started_at",
  "-finished_at",
  "finished_at",
  "name",
  "-name",
] as const;
export type RunSort = (typeof RUN_SORTS)[number] | `${"" | "-"}measure:${string}`;
type Names = "sensor" | "profile" | "experiment" | "createdBy";

const IDS: readonly (readonly [Names, string])[] = [
  ["sensor", "sensor"],
  ["profile", "profile"],
  ["experiment", "experiment"],
  ["createdBy", "created_by"],
];
const MEASURE = "[A-Za-z_][A-Za-z0-9_.-]{0,99}";
const BY_MEASURE = new RegExp(`^-?measure:${MEASURE}$`);
const CONDITION = new RegExp(`^${MEASURE}(>=|<=|>|<|=)[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?$`);
const DAY = /^\d{4}-\d\d-\d\d$/;
const ID = /^[0-9a-f-]{36}$/i;

/** What an address says wrongly is left out. */
export function readRunFilters(query: string): RunFilters {
  const search = new URLSearchParams(query);
  const known = <Name extends string>(name: string, values: readonly Name[]): Name | null =>
    values.find((each) => each === search.get(name)) ?? null;
  const fitting = (name: string, pattern: RegExp) => {
    const text = search.get(name) ?? "";
    return pattern.test(text) ? text : null;
  };
  return {
    text: search.get("q") ?? "",
    status: known("status", RUN_STATUSES),
    tags: [...new Set(search.getAll("tag"))].filter(Boolean).slice(0, 50),
    sensor: fitting("sensor", ID),
    profile: fitting("profile", ID),
    experiment: fitting("experiment", ID),
    gitSha: search.get("git") || null,
    createdBy: fitting("created_by", ID),
    from: fitting("from", DAY),
    to: fitting("to", DAY),
    measures: [...new Set(search.getAll("measure"))].filter(isCondition).slice(0, 10),
    sort: known("sort", RUN_SORTS) ?? (fitting("sort", BY_MEASURE) as RunSort | null) ?? "-created_at",
  };
}

export function writeRunFilters(filters: RunFilters): string {
  const search = new URLSearchParams();
  const put = (name: string, value: string | null) => value && search.set(name, value);
  put("q", filters.text);
  put("status", filters.status);
  for (const tag of filters.tags) search.append("tag", tag);
  for (const [name, asked] of IDS) put(asked, filters[name]);
  for (const condition of filters.measures) search.append("measure", condition);
  put("git", filters.gitSha);
  put("from", filters.from);
  put("to", filters.to);
  if (filters.sort !== "-created_at") search.set("sort", filters.sort);
  return search.toString();
}

/** As the API's parameters, without the order. */
export function asked(filters: RunFilters) {
  return {
    q: filters.text || undefined,
    status: filters.status ?? undefined,
    tag: filters.tags.length ? filters.tags : undefined,
    sensor: filters.sensor ?? undefined,
    profile: filters.profile ?? undefined,
    experiment: filters.experiment ?? undefined,
    git_sha: filters.gitSha ?? undefined,
    created_by: filters.createdBy ?? undefined,
    started_from: filters.from ? `${filters.from}T00:00:00Z` : undefined,
    started_to: filters.to ? `${dayAfter(filters.to)}T00:00:00Z` : undefined,
  };
}

/** Whether the API takes it; spaces are let through by `conditionOf`. */
export function isCondition(text: string): boolean {
  return CONDITION.test(text);
}

/** As the API has it, or null. */
export function conditionOf(typed: string): string | null {
  const text = typed.replaceAll(/\s/g, "").replace("≥", ">=").replace("≤", "<=");
  return isCondition(text) ? text : null;
}

/** The measure that orders the list. */
export function sortedBy(sort: RunSort): string | null {
  return BY_MEASURE.test(sort) ? sort.slice(sort.indexOf(":") + 1) : null;
}

export function cleared(filters: RunFilters): RunFilters {
  return { ...readRunFilters(""), sort: filters.sort };
}

/** How many things narrow the list down. */
export function countFilters(filters: RunFilters): number {
  const { sort: _, tags, measures, from, to, ...single } = filters;
  const several = tags.length + measures.length;
  return Object.values(single).filter(Boolean).length + several + (from || to ? 1 : 0);
}

/** The first and the last day of a month such as 2026-11. */
export function daysOfMonth(month: string): { from: string; to: string } {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return { from: `${month}-01`, to: dayOf(Date.UTC(year, number, 0)) };
}

export function isMonth(filters: RunFilters, month: string): boolean {
  const { from, to } = daysOfMonth(month);
  return filters.from === from && filters.to === to;
}

function dayAfter(day: string): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
}

function dayOf(ms: number): string {
  return Number.isNaN(ms) ? "9999-12-31" : new Date(ms).toISOString().slice(0, 10);
}
