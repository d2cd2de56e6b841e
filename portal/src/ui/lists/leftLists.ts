/** Lists as they were when their page was left: whoever goes back finds the same rows in the same place. */

import type { KnownList } from "./listPages.ts";

interface LeftList {
  known: KnownList<unknown>;
  topPx: number;
}

const MOST_LISTS = 8;
const left = new Map<string, LeftList>();
let isBack = false;

/** Set by the browser's own buttons; a link leads to the top of a list. */
export function followHistory(): void {
  addEventListener("popstate", () => {
    isBack = true;
  });
  for (const way of ["click", "keydown"] as const)
    addEventListener(
      way,
      () => {
        isBack = false;
      },
      true,
    );
}

export function leaveList<Item>(key: string, known: KnownList<Item>): void {
  keep(key, { known, topPx: left.get(key)?.topPx ?? 0 });
}

/** How far down one has scrolled. */
export function leavePlace(key: string, topPx: number): void {
  const before = left.get(key);
  if (before) before.topPx = topPx;
  else keep(key, { known: { pages: [], next: null }, topPx });
}

/** Null where somebody came by a link, or has not been there. */
export function leftList<Item>(key: string): KnownList<Item> | null {
  const found = isBack ? left.get(key)?.known : undefined;
  return found?.pages.length ? (found as KnownList<Item>) : null;
}

export function leftPlace(key: string): number {
  return isBack ? (left.get(key)?.topPx ?? 0) : 0;
}

function keep(key: string, list: LeftList): void {
  left.delete(key);
  left.set(key, list);
  for (const oldest of left.keys()) {
    if (left.size <= MOST_LISTS) break;
    left.delete(oldest);
  }
}
