/**
 * A list's pages as far as they are known: each is asked for by the cursor of the one before, let go of far from what
 * is seen, and asked for again where it may have changed. Pure.
 */

import type { Page } from "../../api/types.ts";

export interface KnownPage<Item> {
  cursor: string | undefined;
  /** Null: let go of, or not asked for yet. */
  items: readonly Item[] | null;
  count: number;
  isStale: boolean;
}

export interface KnownList<Item> {
  pages: readonly KnownPage<Item>[];
  /** Where the list goes on after its last known page; null: it ends there. */
  next: string | null;
}

/** Rows from the first to the last, both of them. */
export type RowSpan = readonly [number, number];

export const KEPT_PAGES = 8;

export function noRows<Item>(): KnownList<Item> {
  return { pages: [{ cursor: undefined, items: null, count: 0, isStale: false }], next: null };
}

export function countRows<Item>({ pages }: KnownList<Item>): number {
  return pages.reduce((sum, page) => sum + page.count, 0);
}

/** The rows from first to last; undefined stands for one that is not held now. */
export function rowsIn<Item>({ pages }: KnownList<Item>, [first, last]: RowSpan): (Item | undefined)[] {
  const rows: (Item | undefined)[] = [];
  let start = 0;
  for (const { items, count } of pages) {
    const until = Math.min(last + 1, start + count);
    for (let row = Math.max(first, start); row < until; row += 1) rows.push(items?.[row - start]);
    start += count;
  }
  return rows;
}

/** Where an item stands, by its key; null: it is not held. */
export function rowOf<Item>(
  { pages }: KnownList<Item>,
  key: string,
  keyOf: (item: Item) => string,
): number | null {
  let start = 0;
  for (const { items, count } of pages) {
    const place = items?.findIndex((item) => keyOf(item) === key) ?? -1;
    if (place >= 0) return start + place;
    start += count;
  }
  return null;
}

/** Which page must be asked for to see these rows, and by which cursor; null: all is held. */
export function wantedPage<Item>(list: KnownList<Item>, span: RowSpan): number | null {
  const seen = pagesIn(list, span);
  const place = seen.find((each) => list.pages[each]?.items === null || list.pages[each]?.isStale);
  if (place !== undefined) return place;
  return list.next !== null && countRows(list) <= span[1] ? list.pages.length : null;
}

export function cursorOf<Item>({ pages, next }: KnownList<Item>, place: number): string | undefined {
  return place < pages.length ? pages[place]?.cursor : (next ?? undefined);
}

/**
 * The list with a page as it was answered. Where it goes on elsewhere than it did, the pages after it are asked for
 * again when they are seen; where it ends, they are gone.
 */
export function withPage<Item>(list: KnownList<Item>, place: number, page: Page<Item>): KnownList<Item> {
  const cursor = cursorOf(list, place);
  const answered = { cursor, items: page.items, count: page.items.length, isStale: false };
  const next = page.next_cursor ?? null;
  const before = list.pages.slice(0, place);
  const [following, ...others] = list.pages.slice(place + 1);
  if (next === null || !following) return { pages: [...before, answered], next };
  const after =
    following.cursor === next
      ? [following, ...others]
      : [
          { ...following, cursor: next, isStale: true },
          ...others.map((each) => ({ ...each, isStale: true })),
        ];
  return { pages: [...before, answered, ...after], next: list.next };
}

/** What is seen may have changed: its pages are asked for again, and shown as they were until then. */
export function staleIn<Item>(list: KnownList<Item>, span: RowSpan): KnownList<Item> {
  const seen = pagesIn(list, span);
  const pages = list.pages.map((page, place) => (seen.includes(place) ? { ...page, isStale: true } : page));
  return { ...list, pages };
}

/** All may have changed. */
export function allStale<Item>(list: KnownList<Item>): KnownList<Item> {
  return { ...list, pages: list.pages.map((page) => ({ ...page, isStale: true })) };
}

/** The list without the items of pages that are far from what is seen. */
export function lettingGo<Item>(list: KnownList<Item>, span: RowSpan): KnownList<Item> {
  const seen = pagesIn(list, span);
  const [first, last] = [seen[0] ?? 0, seen.at(-1) ?? 0];
  const isFar = (place: number) => place < first - KEPT_PAGES || place > last + KEPT_PAGES;
  if (!list.pages.some((page, place) => page.items && isFar(place))) return list;
  return {
    ...list,
    pages: list.pages.map((page, place) => (isFar(place) ? { ...page, items: null } : page)),
  };
}

/** The first page is always among them. */
function pagesIn<Item>({ pages }: KnownList<Item>, [first, last]: RowSpan): number[] {
  const seen: number[] = [];
  let start = 0;
  for (const [place, { count }] of pages.entries()) {
    const isSeen = start <= last && start + count > first;
    if (isSeen || (count === 0 && (place === 0 || start >= first))) seen.push(place);
    start += count;
  }
  return seen;
}
