/** A change sent to the API: once, with its problem beside what was typed, which stays. */

import { useRef, useState } from "preact/hooks";
import { newKey } from "../api/client.ts";
import { type Problem, problemOf } from "../api/problems.ts";

export interface Sending<Args extends unknown[]> {
  send: (...args: Args) => Promise<void>;
  problem: Problem | null;
  isBusy: boolean;
  forget: () => void;
}

/**
 * `change` gets an Idempotency-Key that stays the same until it succeeds or is refused for good, so that a
 * repeat after a cut does the same thing once.
 */
export function useSending<Args extends unknown[], Done>(
  change: (key: string, ...args: Args) => Promise<Done>,
  onDone?: (done: Done) => void,
): Sending<Args> {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const send = async (...args: Args) => {
    setBusy(true);
    try {
      const done = await change(key.current, ...args);
      key.current = newKey();
      setProblem(null);
      onDone?.(done);
    } catch (error) {
      const found = problemOf(error);
      if (!found.isPassing) key.current = newKey();
      setProblem(found);
    } finally {
      setBusy(false);
    }
  };
  return { send, problem, isBusy, forget: () => setProblem(null) };
}
