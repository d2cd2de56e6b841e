/** The page of what was found. Pure. */

import type { Found } from "../../api/types.ts";

const PAGES: Record<Found["kind"], (id: string) => string> = {
  project: () => "/project",
  experiment: (id) => `/experiments/${id}`,
  run: (id) => `/runs/${id}`,
  sensor: (id) => `/sensors/${id}`,
  producer: () => "/gateways",
  annotation: () => "/annotations",
  view: (id) => `/views/${id}`,
};

export function placeOf(found: Pick<Found, "kind" | "id">): string {
  return PAGES[found.kind](found.id);
}
