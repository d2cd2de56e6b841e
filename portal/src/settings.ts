/** What a browser remembers of how its owner likes to look: theme, time zone, width of the rail. */

import { effect, signal } from "@preact/signals";
import type { Zone } from "./times.ts";

const ROOMY_PX = 1400;

export type Theme = "system" | "light" | "dark";

export const theme = signal<Theme>(remembered("theme", ["system", "light", "dark"], "system"));
export const zone = signal<Zone>(remembered("zone", ["utc", "local"], "utc"));
/** Where there is room, the pages of the rail have their names until somebody wants it otherwise. */
export const railIsWide = signal(
  remembered("rail", ["narrow", "wide"], (globalThis.innerWidth ?? 0) >= ROOMY_PX ? "wide" : "narrow") ===
    "wide",
);

/** Told to whatever draws on a canvas: colours have changed. */
export const themeShown = signal<"light" | "dark">("light");

export function followSettings(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const show = () => {
    const isWanted = theme.value === "dark" || (theme.value === "system" && system.matches);
    // Paper is white.
    const isDark = isWanted && !paper.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    themeShown.value = isDark ? "dark" : "light";
  };
  effect(show);
  system.addEventListener("change", show);
  paper.addEventListener("change", show);
}

export function turnRail(): void {
  railIsWide.value = !railIsWide.value;
  remember("rail", railIsWide.value ? "wide" : "narrow");
}

/** A choice kept from the last visit, where it is still one. */
export function remembered<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  otherwise: Choice,
): Choice {
  const kept = recall(name);
  return choices.find((choice) => choice === kept) ?? otherwise;
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`barograph.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`barograph.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}
