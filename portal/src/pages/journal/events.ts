/** What an event is about, for people, and the page of it. Pure. */

import type { ProjectEvent } from "../../api/types.ts";

export interface EventSubject {
  text: string;
  address: string | null;
}

/** The fields by which events name things, the page of each, and the field with its name. */
const PLACES = [
  ["sensor_id", "/sensors/", "sensor"],
  ["run_id", "/runs/", "run"],
  ["backfill_id", "/backfills/", "backfill"],
  ["import_id", "/imports/", "file_name"],
] as const;

export function subjectOf(event: Pick<ProjectEvent, "data">): EventSubject {
  const { data } = event;
  for (const [field, page, name] of PLACES) {
    const id = data[field];
    if (typeof id === "string") return { text: textOf(data[name]) ?? id.slice(0, 8), address: page + id };
  }
  if (typeof data.producer === "string") return { text: data.producer, address: "/gateways" };
  if (typeof data.artifact === "string" && typeof data.run === "string")
    return { text: textOf(data.name) ?? "a restricted file", address: `/runs/${data.run}` };
  const named = [data.text, data.name, data.description, data.url, data.consumer].map(textOf);
  return { text: named.find((each) => each !== null) ?? "", address: null };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
