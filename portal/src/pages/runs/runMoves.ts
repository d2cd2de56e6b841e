/** What may become of a run or an experiment, as the API allows it. Pure. */

import type { RunStatus } from "../../api/types.ts";

export const MOVES: Record<RunStatus, readonly RunStatus[]> = {
  draft: ["running", "archived"],
  running: ["finished", "failed"],
  finished: ["archived"],
  failed: ["archived"],
  archived: [],
};

export const RUN_TARGETS: readonly (readonly [RunStatus, string])[] = [
  ["running", "Start"],
  ["finished", "Finish"],
  ["failed", "It failed"],
  ["archived", "Archive"],
];

export const MOST_AT_ONCE = 500;

export function mayBecome(from: RunStatus, to: RunStatus): boolean {
  return MOVES[from].includes(to);
}

/** What may become of it, with the verbs. */
export function movesOf(from: RunStatus): (readonly [RunStatus, string])[] {
  return RUN_TARGETS.filter(([to]) => mayBecome(from, to));
}

export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, place) => items.slice(place * size, (place + 1) * size));
}
