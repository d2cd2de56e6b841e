/** Where an annotation is seen in a plot. Pure. */

import type { Annotation } from "../../api/types.ts";
import { fixedRange } from "../../ranges.ts";
import { MINUTE, parseTime } from "../../times.ts";
import { readView, withSensor, writeView } from "../../view.ts";

/** Some time before and after it, so that it stands in the middle. */
export function exploreAround(annotation: Pick<Annotation, "from" | "to" | "sensors">): string {
  const from = parseTime(annotation.from) ?? 0;
  const to = parseTime(annotation.to ?? annotation.from) ?? from;
  const margin = Math.max(to - from, MINUTE);
  const view = annotation.sensors.reduce(withSensor, readView(""));
  const range = fixedRange(from - margin, to + margin);
  return `/explore?${writeView({ ...view, range, markerA: from, markerB: to === from ? null : to })}`;
}
