/** Sensors by their id, asked for once; and finding them by what is typed. */

import { signal } from "@preact/signals";
import { api, ask } from "./api/client.ts";
import { problemOf } from "./api/problems.ts";
import type { Sensor } from "./api/types.ts";

/** Known sensors; null is one that is not there, or not to be seen. */
export const sensorsById = signal<ReadonlyMap<string, Sensor | null>>(new Map());
const asked = new Set<string>();

export function keep(sensors: readonly Sensor[]): void {
  sensorsById.value = new Map([...sensorsById.peek(), ...sensors.map((each) => [each.id, each] as const)]);
}

/** Asks for those that are not known yet. */
export async function learn(ids: readonly string[]): Promise<void> {
  const unknown = ids.filter((id) => !sensorsById.peek().get(id) && !asked.has(id));
  for (const id of unknown) asked.add(id);
  await Promise.all(unknown.map(learnOne));
}

async function learnOne(id: string): Promise<void> {
  try {
    keep([await ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path: { sensor_id: id } } }))]);
  } catch (error) {
    const isGone = !problemOf(error).isPassing;
    if (isGone) sensorsById.value = new Map([...sensorsById.peek(), [id, null]]);
    asked.delete(id);
  }
}

/** Those of these sensors that the project has, as far as it is known: the API refuses a question about others. */
export function thoseOf(project: string | null, ids: readonly string[]): string[] {
  return ids.filter((id) => {
    const sensor = sensorsById.value.get(id);
    return sensor === undefined || sensor?.project_id === project;
  });
}

export function nameOf(sensor: Sensor | null | undefined, id: string): string {
  return sensor?.key ?? `${id.slice(0, 8)}…`;
}

/** Those of a project whose key or name holds a text, with their latest reading, and whether there are more. */
export async function findSensorPage(
  projectId: string,
  text: string,
  signal: AbortSignal,
  page: { limit: number; cursor?: string; sort?: "key" | "-last_seen_at" },
) {
  const query = { q: text || undefined, include: ["latest" as const], sort: "key" as const, ...page };
  const params = { path: { project_id: projectId }, query };
  const found = await ask(api.GET("/api/v1/projects/{project_id}/sensors", { params, signal }));
  keep(found.items);
  return found;
}
