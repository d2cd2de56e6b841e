/** Reads a list as far as it is looked at: one page at a time, again after a failure that passes. Draws nothing. */

import { isAborted, type Problem, problemOf } from "../../api/problems.ts";
import type { Page } from "../../api/types.ts";
import {
  allStale,
  cursorOf,
  type KnownList,
  lettingGo,
  noRows,
  type RowSpan,
  staleIn,
  wantedPage,
  withPage,
} from "./listPages.ts";

export type PageQuestion<Item> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;

/** Asks again where that may help, when it may; what is returned calls it off. */
export type Retry = (problem: Problem, again: () => void) => () => void;

// Asked for before they are seen.
const AHEAD_ROWS = 60;

export class ListReader<Item> {
  list: KnownList<Item> = noRows();
  problem: Problem | null = null;
  isAnswered = false;
  readonly #question: PageQuestion<Item>;
  readonly #changed: () => void;
  readonly #control = new AbortController();
  #span: RowSpan = [0, 0];
  #isAsking = false;
  #isStopped = false;
  #forget = () => {};
  readonly #retry: Retry;

  constructor(question: PageQuestion<Item>, changed: () => void, retry: Retry) {
    this.#question = question;
    this.#changed = changed;
    this.#retry = retry;
  }

  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Begins with what was known earlier; what is seen of it is read again. */
  resume(known: KnownList<Item>): void {
    this.list = allStale(known);
    this.isAnswered = true;
  }

  /** These rows are seen: what is missing of them is read. */
  look(span: RowSpan): void {
    this.#span = span;
    this.#go();
  }

  /** What is seen is read again, as often as the page likes. */
  refresh(): void {
    if (this.#isAsking || this.#isStopped) return;
    this.list = staleIn(this.list, this.#span);
    this.#go();
  }

  /** All is read again, as it is seen: something was changed, or somebody tries once more. */
  again(): void {
    this.#forget();
    this.#isStopped = false;
    this.list = allStale(this.list);
    this.#go();
    this.#changed();
  }

  close(): void {
    this.#forget();
    this.#control.abort();
  }

  async #go(): Promise<void> {
    const [first, last] = this.#span;
    const place =
      this.#isAsking || this.#isStopped ? null : wantedPage(this.list, [first, last + AHEAD_ROWS]);
    if (place === null) return;
    const asked = this.list;
    this.#isAsking = true;
    try {
      const page = await this.#question(cursorOf(asked, place), this.#control.signal);
      if (this.#control.signal.aborted) return;
      this.#keep(asked, place, page);
    } catch (error) {
      if (this.#control.signal.aborted || isAborted(error)) return;
      this.#fail(problemOf(error));
    }
    this.#changed();
    this.#go();
  }

  #keep(asked: KnownList<Item>, place: number, page: Page<Item>): void {
    this.#isAsking = false;
    this.isAnswered = true;
    this.problem = null;
    // What was found to be stale meanwhile stays so, this page too.
    const isStill = this.list === asked;
    const kept = withPage(this.list, place, page);
    this.list = lettingGo(isStill ? kept : allStale(kept), this.#span);
  }

  #fail(problem: Problem): void {
    this.#isAsking = false;
    this.#isStopped = true;
    this.problem = problem;
    this.#forget = this.#retry(problem, () => this.again());
  }
}
