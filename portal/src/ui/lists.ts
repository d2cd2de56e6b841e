/** A list of the API, page after page: the first by itself, others when they are asked for. */

import { useEffect, useRef, useState } from "preact/hooks";
import { isAborted, type Problem, problemOf } from "../api/problems.ts";
import type { Page } from "../api/types.ts";
import { comesBack, later, waitMs } from "./retrying.ts";

export interface Listed<Item> {
  items: Item[] | null;
  problem: Problem | null;
  isAsking: boolean;
  hasMore: boolean;
  more: () => void;
  again: () => void;
}

type Question<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/**
 * Asks for the first page when `key` changes, and for what is shown every `everyMs` while the page is seen and
 * no further page has been opened.
 */
export function useList<Item>(key: string | null, question: Question<Item>, everyMs = 0): Listed<Item> {
  const [pages, setPages] = useState<Page<Item>[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsking, setAsking] = useState(key !== null);
  const [turn, setTurn] = useState(0);
  const asker = useRef(question);
  const shown = useRef<string | null>(null);
  const control = useRef<AbortController | null>(null);
  const forget = useRef(() => {});
  asker.current = question;
  const read = (cursor: string | undefined, keep: (page: Page<Item>) => void) => {
    control.current?.abort();
    forget.current();
    const mine = new AbortController();
    control.current = mine;
    setAsking(true);
    asker.current(cursor, mine.signal).then(
      (page) => {
        if (mine.signal.aborted) return;
        keep(page);
        setProblem(null);
        setAsking(false);
      },
      (error: unknown) => {
        if (mine.signal.aborted || isAborted(error)) return;
        const found = problemOf(error);
        found.isTriedAgain = comesBack(found);
        setProblem(found);
        setAsking(false);
        if (found.isTriedAgain) forget.current = later(waitMs(found), () => setTurn((last) => last + 1));
      },
    );
  };
  // `turn` asks again.
  useEffect(() => {
    if (key === null) return;
    if (shown.current !== key) setPages(null);
    shown.current = key;
    read(undefined, (page) => setPages([page]));
    return () => {
      control.current?.abort();
      forget.current();
    };
  }, [key, turn]);
  const hasOne = (pages?.length ?? 0) <= 1;
  useEffect(() => {
    if (!everyMs || !hasOne) return;
    const timer = setInterval(() => document.hidden || setTurn((last) => last + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, hasOne]);
  const cursor = pages?.at(-1)?.next_cursor ?? undefined;
  return {
    items: pages ? pages.flatMap((page) => page.items) : null,
    problem,
    isAsking,
    hasMore: cursor !== undefined,
    more: () => cursor && read(cursor, (page) => setPages((last) => [...(last ?? []), page])),
    again: () => setTurn((last) => last + 1),
  };
}
