/** The colours of a canvas, which reads no style sheet: those of the theme that is shown. */

import { themeShown } from "../settings.ts";

export const SERIES_COLOURS = 8;

const NAMES = ["ink", "muted", "line", "grid", "future", "gap", "accent", "surface", "bad"] as const;

export type Colours = Record<(typeof NAMES)[number], string> & { series: string[] };

const known = new Map<string, Colours>();

export function colours(): Colours {
  const shown = themeShown.value;
  const found = known.get(shown) ?? readColours();
  known.set(shown, found);
  return found;
}

/** What a line is called in a style sheet. */
export function seriesVariable(place: number): string {
  return `var(--series-${place % SERIES_COLOURS})`;
}

/** How many lines of the same colour came before it: what they are told apart by. */
export function roundOf(place: number): number {
  return Math.floor(place / SERIES_COLOURS);
}

function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const series = Array.from({ length: SERIES_COLOURS }, (_, place) => read(`series-${place}`));
  return {
    ...(Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<
      (typeof NAMES)[number],
      string
    >),
    series,
  };
}
