/** Questions about a window: a round picture at once, then one that is as fine as the plot is wide. */

import { api, ask } from "../api/client.ts";
import { isoTime, SECOND } from "../times.ts";
import type { Layer } from "../view.ts";
import { isSparse, type Picture, readColumns, withSamples } from "./answers.ts";
import { withNeighbours } from "./neighbours.ts";

export interface Question {
  sensors: string[];
  layer: Layer;
  fromUs: number;
  toUs: number;
  width: number;
  asOf: string | null;
}

const MOST_SAMPLES = 2000;
const MOST_NEIGHBOURS = 12;

/** Tells each picture as it comes: the last one is the finest. Asked again, there is no need of a coarse one. */
export async function askInSteps(
  question: Question,
  signal: AbortSignal,
  show: (picture: Picture, isFinest: boolean) => void,
  isAgain = false,
): Promise<void> {
  const coarse = isAgain ? null : coarseWidth(question);
  if (coarse !== null) show(await askColumns({ ...question, width: coarse }, signal), false);
  const picture = await askColumns(question, signal);
  const isDense = !isSparse(picture, MOST_SAMPLES);
  show(picture, isDense);
  if (isDense) return;
  const sampled = withSamples(picture, await askSamples(question, signal));
  show(sampled, true);
  if (question.sensors.length <= MOST_NEIGHBOURS) show(await withNeighbours(question, sampled, signal), true);
}

/** The finest picture alone. */
export async function askFinest(question: Question, signal: AbortSignal): Promise<Picture> {
  let finest: Picture | null = null;
  await askInSteps(
    question,
    signal,
    (picture) => {
      finest = picture;
    },
    true,
  );
  return finest ?? askColumns(question, signal);
}

/**
 * So many columns that each is a second at least, for which there are roll-ups; null where the whole width is
 * no finer than that, or the window so short that all of it is read at once anyway.
 */
export function coarseWidth({ fromUs, toUs, width }: Question): number | null {
  const seconds = Math.floor((toUs - fromUs) / SECOND);
  return seconds >= 20 && seconds < width ? seconds : null;
}

export async function askColumns(question: Question, signal: AbortSignal): Promise<Picture> {
  const query = { ...shared(question), columns: Math.max(1, Math.min(question.width, 4000)) };
  const answer = await ask(api.GET("/api/v1/series", { params: { query }, signal }));
  return readColumns(answer, question.fromUs, question.toUs);
}

/** With half a window more on each side, so that lines go on to its edges. */
async function askSamples(question: Question, signal: AbortSignal) {
  const air = Math.ceil((question.toUs - question.fromUs) / 2);
  const wide = { ...question, fromUs: question.fromUs - air, toUs: question.toUs + air };
  const query = { ...shared(wide), downsample: "m4" as const, max_points: 4 * MOST_SAMPLES };
  return ask(api.GET("/api/v1/series", { params: { query }, signal }));
}

function shared({ sensors, layer, fromUs, toUs, asOf }: Question) {
  return {
    sensor: sensors,
    layer,
    from: isoTime(fromUs),
    to: isoTime(toUs),
    ...(asOf ? { as_of: asOf } : {}),
  };
}
