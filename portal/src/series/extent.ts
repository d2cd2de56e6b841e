/** Where in a period there are readings at all. */

import type { Period } from "../ranges.ts";
import type { Layer } from "../view.ts";
import { askColumns } from "./questions.ts";

const COLUMNS = 300;
// A column of a day is five minutes; one of these a second.
const ROUNDS = 2;

/** From the first to the last of them, with some air; null without any. */
export async function dataExtent(
  sensors: string[],
  within: Period,
  layer: Layer,
  signal: AbortSignal,
): Promise<Period | null> {
  let found = within;
  for (let round = 0; round < ROUNDS; round++) {
    const question = { sensors, layer, ...found, width: COLUMNS, asOf: null };
    const { bySensor } = await askColumns(question, signal);
    const all = [...bySensor.values()].map(({ columns }) => columns).filter((each) => each.end > each.start);
    if (!all.length) return null;
    found = {
      fromUs: Math.max(within.fromUs, Math.min(...all.map((each) => each.tUs[each.start] ?? 0))),
      toUs: Math.min(
        within.toUs,
        Math.max(...all.map((each) => (each.tUs[each.end - 1] ?? 0) + each.bucketUs)),
      ),
    };
    if (found.fromUs >= found.toUs) return within;
  }
  const air = Math.ceil((found.toUs - found.fromUs) * 0.03);
  return {
    fromUs: Math.floor(Math.max(within.fromUs, found.fromUs - air)),
    toUs: Math.ceil(Math.min(within.toUs, found.toUs + air)),
  };
}
