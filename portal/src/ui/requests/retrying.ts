/** What failed in passing is tried again: when the page is seen, and somebody is logged in. */

import type { Problem } from "../../api/problems.ts";
import { logIn } from "../../session.ts";

const RETRY_MS = 4000;
const LOOK_MS = 500;

/** Whether it may go well without anybody changing anything, but for a log-in. */
export function comesBack(problem: Problem): boolean {
  return problem.isPassing || (problem.status === 401 && logIn.value === "ended");
}

/** After so long, or once it is possible; what is returned calls it off. */
export function later(ms: number, again: () => void): () => void {
  let timer = 0;
  const wait = (wantedMs: number) => {
    timer = window.setTimeout(() => {
      if (document.hidden || logIn.value === "ended") wait(LOOK_MS);
      else again();
    }, wantedMs);
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** As long as the problem asks to wait. */
export function waitMs(problem: Problem): number {
  return problem.status === 401 ? 0 : (problem.retryAfterS ?? 0) * 1000 || RETRY_MS;
}
