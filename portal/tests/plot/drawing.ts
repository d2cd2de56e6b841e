/**
 * Draws windows as Explore does, without a browser: reads questions from standard input, a JSON object a line,
 * and writes what was drawn of each step, a line for each question. `tests/portal/plots/test_extremes.py` runs it.
 */

import { createInterface } from "node:readline";
import type { Picture } from "../../src/series/answers.ts";

const { BAROGRAPH_API_URL: origin = "", BAROGRAPH_TOKEN: token = "" } = process.env;
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set("Authorization", `Bearer ${token}`);
  return send(request);
};
Object.assign(globalThis, { location: { origin }, document: { cookie: "" } });

// They read the globals above as they are loaded.
const { askInSteps } = await import("../../src/series/questions.ts");
const { usualGap } = await import("../../src/series/columns.ts");
const { valueLimits } = await import("../../src/plot/limits.ts");
const { trace } = await import("../../src/plot/trace.ts");

interface Asked {
  sensor: string;
  layer: "raw" | "physical";
  fromUs: number;
  toUs: number;
  width: number;
  height: number;
}

function drawn(asked: Asked, picture: Picture) {
  const shown = picture.bySensor.get(asked.sensor);
  if (!shown) throw new Error("the sensor is not in the picture");
  const { columns, totals } = shown;
  const [low, high] = valueLimits([{ columns }], asked.fromUs, asked.toUs, null);
  const { fromUs, toUs, width, height } = asked;
  const points: [number, number][] = [];
  const pen = {
    moveTo: (x: number, y: number) => points.push([x, y]),
    lineTo: (x: number, y: number) => points.push([x, y]),
  };
  trace(pen, columns, { fromUs, toUs, width, height, left: 0, top: 0, low, high }, usualGap(columns));
  return { low, high, totals, bucket_us: columns.bucketUs, points };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Asked;
  const question = { ...asked, sensors: [asked.sensor], asOf: null };
  const steps: ReturnType<typeof drawn>[] = [];
  await askInSteps(question, new AbortController().signal, (picture) => steps.push(drawn(asked, picture)));
  process.stdout.write(`${JSON.stringify(steps)}\n`);
}
