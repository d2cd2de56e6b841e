/** A change sent to the API: once, with its problem beside what was typed, which stays. */

import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { newKey } from "../../api/client.ts";
import { type Problem, problemOf } from "../../api/problems.ts";
import { comesBack, later, waitMs } from "./retrying.ts";

export interface Sending<Args extends unknown[]> {
  send: (...args: Args) => Promise<void>;
  problem: Problem | null;
  isBusy: boolean;
  forget: () => void;
}

/** What could not be sent for longer than this is sent when somebody asks for it again. */
const GIVES_UP_MS = 60_000;

/**
 * `change` gets an Idempotency-Key that stays the same until it succeeds or is refused for good, so that a
 * repeat after a cut does the same thing once. What failed in passing is sent again by itself for a minute,
 * and after a log-in that had ended; but not with `isOnce`, as what proves who somebody is. Where something else is
 * typed in its form meanwhile, it is not: that is sent when somebody asks for it.
 */
export function useSending<Args extends unknown[], Done>(
  change: (key: string, ...args: Args) => Promise<Done>,
  onDone?: (done: Done) => void,
  isOnce = false,
): Sending<Args> {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const callOff = useRef(() => {});
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  useEffect(() => () => callOff.current(), []);
  const sendLater = (found: Problem, again: () => void) => {
    const forget = later(waitMs(found), again);
    const form = document.activeElement?.closest("form");
    const hold = () => {
      callOff.current();
      key.current = newKey();
      found.isTriedAgain = false;
      found.isHeld = true;
      redraw(undefined);
    };
    form?.addEventListener("input", hold, { once: true });
    callOff.current = () => {
      forget();
      form?.removeEventListener("input", hold);
    };
  };
  const attempt = async (untilMs: number, ...args: Args) => {
    callOff.current();
    setBusy(true);
    try {
      const done = await change(key.current, ...args);
      key.current = newKey();
      setProblem(null);
      onDone?.(done);
    } catch (error) {
      const found = problemOf(error);
      const isPassing = comesBack(found);
      if (!isPassing) key.current = newKey();
      found.isTriedAgain = !isOnce && isPassing && (found.status === 401 || isInTime(found, untilMs));
      setProblem(found);
      if (found.isTriedAgain) sendLater(found, () => attempt(untilMs, ...args));
    } finally {
      setBusy(false);
    }
  };
  const forget = () => {
    callOff.current();
    setProblem(null);
  };
  const send = (...args: Args) => attempt(performance.now() + GIVES_UP_MS, ...args);
  return { send, problem, isBusy, forget };
}

function isInTime(problem: Problem, untilMs: number): boolean {
  return performance.now() + waitMs(problem) <= untilMs;
}

/** What somebody else has changed is read again: the next try is about what is there now. */
export function useReadAgain(problem: Problem | null, again: () => void): void {
  useEffect(() => {
    if (problem?.status === 412) again();
  }, [problem]);
}
