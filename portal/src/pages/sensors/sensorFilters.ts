/** What narrows the list of sensors down, as the address says it and as the API is asked. Pure. */

export const CONNECTIONS = ["online", "delayed", "offline"] as const;
export const SENSOR_STATES = ["registering", "active", "inactive", "decommissioned"] as const;
export const SENSOR_SORTS = [
  "key",
  "-key",
  "name",
  "-name",
  "-last_seen_at",
  "last_seen_at",
  "-created_at",
  "created_at",
] as const;
export type SensorSort = (typeof SENSOR_SORTS)[number];

const ID = /^[0-9a-f-]{36}$/i;

export interface SensorFilters {
  text: string;
  connection: (typeof CONNECTIONS)[number] | null;
  status: (typeof SENSOR_STATES)[number] | null;
  kind: string | null;
  unit: string | null;
  /** The id of a run that they are bound to. */
  run: string | null;
  tags: string[];
  sort: SensorSort;
}

export function readSensorFilters(query: string): SensorFilters {
  const search = new URLSearchParams(query);
  const known = <Name extends string>(name: string, values: readonly Name[]): Name | null =>
    values.find((each) => each === search.get(name)) ?? null;
  return {
    text: search.get("q") ?? "",
    connection: known("connection", CONNECTIONS),
    status: known("status", SENSOR_STATES),
    kind: search.get("kind") || null,
    unit: search.get("unit") || null,
    run: ID.test(search.get("run") ?? "") ? search.get("run") : null,
    tags: [...new Set(search.getAll("tag"))].filter(Boolean),
    sort: known("sort", SENSOR_SORTS) ?? "key",
  };
}

export function writeSensorFilters(filters: SensorFilters): string {
  const search = new URLSearchParams();
  const { text, tags, sort, ...single } = filters;
  if (text) search.set("q", text);
  for (const [name, value] of Object.entries(single)) if (value) search.set(name, value);
  for (const tag of tags) search.append("tag", tag);
  if (sort !== "key") search.set("sort", sort);
  return search.toString();
}

/** As the API's parameters, without the order. */
export function askedOfSensors(filters: SensorFilters) {
  return {
    q: filters.text || undefined,
    connection: filters.connection ?? undefined,
    status: filters.status ?? undefined,
    kind: filters.kind ?? undefined,
    unit: filters.unit ?? undefined,
    run: filters.run ?? undefined,
    tag: filters.tags.length ? filters.tags : undefined,
  };
}

export function countSensorFilters({ tags, sort: _, ...single }: SensorFilters): number {
  return Object.values(single).filter(Boolean).length + tags.length;
}
