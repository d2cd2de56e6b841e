/** Limits as people read them, and where a violation is seen. Pure. */

import { valueText } from "../../numbers.ts";
import { fixedRange } from "../../ranges.ts";
import { MINUTE, parseTime } from "../../times.ts";
import { readView, withSensor, writeView } from "../../view.ts";

export interface Bounds {
  min: number | null;
  max: number | null;
}

/** `0 … 6.5`, `≤ 6.5`, `≥ 0`. */
export function limitText({ min, max }: Bounds): string {
  if (min !== null && max !== null) return `${valueText(min)} … ${valueText(max)}`;
  return max === null ? `≥ ${valueText(min)}` : `≤ ${valueText(max)}`;
}

/** The plot of a violation, with some time around it; one that lasts is shown up to some minutes on. */
export function violationAddress(sensorId: string, from: string, to: string | null): string {
  const fromUs = parseTime(from) ?? 0;
  const toUs = (to ? parseTime(to) : null) ?? fromUs + 5 * MINUTE;
  const margin = Math.max((toUs - fromUs) / 2, MINUTE);
  const range = fixedRange(fromUs - margin, toUs + margin);
  const view = { ...withSensor(readView(""), sensorId), range, markerA: fromUs, markerB: to ? toUs : null };
  return `/explore?${writeView(view)}`;
}

/** A number as it was typed, or null for nothing; NaN where it is none. */
export function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text.trim().replace(",", "."));
}
