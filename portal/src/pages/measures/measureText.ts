/** Measures in words. Pure. */

import type { Measure, MeasureValue } from "../../api/types.ts";

type Definition = Pick<Measure, "sensor" | "stat" | "layer" | "when">;

export const STATS = [
  "max",
  "min",
  "mean",
  "stddev",
  "count",
  "first",
  "last",
  "sum",
  "p50",
  "p95",
  "p99",
  "time_weighted_mean",
  "duration",
] as const;

/** Such as `max of p1, while valve > 0.5`. */
export function definitionText({ sensor, stat, layer, when }: Definition): string {
  const what = stat === "time_weighted_mean" ? "mean over time" : stat;
  const of = `${sensor}${layer === "raw" ? " (raw)" : ""}`;
  const condition = when ? conditionText(when) : "";
  if (stat === "duration") return `how long ${condition}, while ${of} took part`;
  return `${what} of ${of}${condition ? `, while ${condition}` : ""}`;
}

export function conditionText(when: NonNullable<Measure["when"]>): string {
  const bound = when.above ?? when.below;
  return `${when.sensor} ${typeof when.above === "number" ? ">" : "<"} ${bound}`;
}

/** Whether it holds now, in a word and in a sentence. */
export function standingText(value: MeasureValue): [word: string, sentence: string] {
  if (value.is_stale) return ["stale", "What it rests on has changed; it is computed again."];
  if (value.problem) return ["not told", `It ${value.problem}.`];
  if (value.is_kept) return ["kept", "Raw readings of it are gone; it stays what it was."];
  return ["", ""];
}
