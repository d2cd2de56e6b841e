/** What stands for a line beside its name. */

import { roundOf, seriesVariable } from "./colours.ts";

// Of a line: how much of each of its pieces is drawn.
const DASHES_PX = [
  [1, 1],
  [7, 10],
  [2, 5],
] as const;

/** A line's colour; those that begin the colours anew are dashed, and then dotted, as in the plot. */
export function Swatch({ place }: { place: number }) {
  const colour = seriesVariable(place);
  const [drawn, each] = DASHES_PX[roundOf(place)] ?? [1, 1];
  const line = `repeating-linear-gradient(90deg, ${colour} 0 ${drawn}px, transparent ${drawn}px ${each}px)`;
  return <span class="swatch wide" style={{ background: line }} />;
}
