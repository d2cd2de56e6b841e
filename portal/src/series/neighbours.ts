/** The readings next to a window, so that a line goes on across a window that holds few or none. */

import { api, ask } from "../api/client.ts";
import { DAY, isoTime, parseTime } from "../times.ts";
import type { Picture, SensorPicture } from "./answers.ts";
import { joined, type Sample } from "./joined.ts";
import type { Question } from "./questions.ts";

/** Nobody draws a line across a longer silence. */
const FARTHEST_US = DAY;
const FEW = 2;

/** The picture with the readings before and after the window, of sensors of which it shows too few. */
export async function withNeighbours(
  question: Question,
  picture: Picture,
  signal: AbortSignal,
): Promise<Picture> {
  const bySensor = new Map(picture.bySensor);
  await Promise.all(
    [...bySensor].map(async ([id, shown]) => {
      if (shown.columns.end - shown.columns.start >= FEW) return;
      bySensor.set(id, await extended(id, shown, question, signal));
    }),
  );
  return { ...picture, bySensor };
}

async function extended(
  id: string,
  shown: SensorPicture,
  question: Question,
  signal: AbortSignal,
): Promise<SensorPicture> {
  const { fromUs, toUs } = question;
  const [before, after] = await Promise.all([
    readOne(id, question, fromUs - FARTHEST_US, fromUs, "desc", signal),
    readOne(id, question, toUs, toUs + FARTHEST_US, "asc", signal),
  ]);
  return { ...shown, columns: joined(before, shown.columns, after) };
}

async function readOne(
  id: string,
  { layer, asOf }: Question,
  fromUs: number,
  toUs: number,
  order: "asc" | "desc",
  signal: AbortSignal,
): Promise<Sample[]> {
  const query = {
    from: isoTime(fromUs),
    to: isoTime(toUs),
    order,
    limit: 1,
    ...(asOf ? { as_of: asOf } : {}),
  };
  const params = { path: { sensor_id: id }, query };
  const { items } = await ask(api.GET("/api/v1/sensors/{sensor_id}/readings", { params, signal }));
  return items.map((row) => [
    parseTime(row.time) ?? 0,
    (layer === "raw" ? row.raw : row.physical) ?? Number.NaN,
  ]);
}
