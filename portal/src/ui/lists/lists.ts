/** A list of the API as a component's state: read page by page as its table is scrolled. */

import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Problem } from "../../api/problems.ts";
import { onWake, type Repeated, repeated } from "../../waking.ts";
import { comesBack, later, waitMs } from "../requests/retrying.ts";
import { leaveList, leftList } from "./leftLists.ts";
import type { KnownList, RowSpan } from "./listPages.ts";
import { ListReader, type PageQuestion } from "./listReader.ts";

export interface Listed<Item> {
  /** Which list it is: another one begins at its top. */
  key: string | null;
  /** What is known of it; null: nothing yet. */
  known: KnownList<Item> | null;
  problem: Problem | null;
  isAsking: boolean;
  look: (span: RowSpan) => void;
  again: () => void;
}

/** A list that is not read again by itself is when its page wakes after so long. */
const QUIET_MS = 60_000;

/**
 * Reads what is looked at when `key` changes, and again every `everyMs` while the page is seen. The rows of the key
 * before are shown until the first ones of this key are there. A `key` of null asks nothing.
 */
export function useList<Item>(key: string | null, question: PageQuestion<Item>, everyMs = 0): Listed<Item> {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const asker = useRef(question);
  const reader = useRef<ListReader<Item> | null>(null);
  const shown = useRef<{ key: string | null; known: KnownList<Item> | null }>({ key: null, known: null });
  asker.current = question;
  useEffect(() => {
    if (key === null) return;
    let answeredMs = 0;
    let age: Repeated | null = null;
    const ask: PageQuestion<Item> = async (cursor, signal) => {
      const page = await asker.current(cursor, signal);
      if (signal.aborted) return page;
      answeredMs = Date.now();
      if (everyMs) age ??= repeated(everyMs);
      age?.answered();
      return page;
    };
    const mine = new ListReader<Item>(
      ask,
      () => {
        if (mine.isAnswered) shown.current = { key, known: mine.list };
        else if (mine.problem) shown.current = { key, known: null };
        redraw(undefined);
      },
      retry,
    );
    reader.current = mine;
    const before = leftList<Item>(key);
    if (before) {
      mine.resume(before);
      shown.current = { key, known: mine.list };
      redraw(undefined);
    }
    mine.look([0, 0]);
    const timer = everyMs ? setInterval(() => document.hidden || mine.refresh(), everyMs) : 0;
    const forget = onWake(() => {
      if (Date.now() - answeredMs > (everyMs || QUIET_MS)) mine.refresh();
    });
    return () => {
      clearInterval(timer);
      forget();
      age?.leave();
      mine.close();
      if (mine.isAnswered) leaveList(key, mine.list);
    };
  }, [key, everyMs]);
  const isCurrent = shown.current.key === key;
  return {
    ...shown.current,
    problem: isCurrent ? (reader.current?.problem ?? null) : null,
    isAsking: !isCurrent || (reader.current?.isAsking ?? false),
    look: (span) => isCurrent && reader.current?.look(span),
    again: () => reader.current?.again(),
  };
}

function retry(problem: Problem, again: () => void): () => void {
  problem.isTriedAgain = comesBack(problem);
  return problem.isTriedAgain ? later(waitMs(problem), again) : () => {};
}
