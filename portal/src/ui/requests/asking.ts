/** A question to the API as a component's state: its answer, its problem, asked again when it should be. */

import { useEffect, useRef, useState } from "preact/hooks";
import { isAborted, type Problem, problemOf } from "../../api/problems.ts";
import { onWake, type Repeated, repeated } from "../../waking.ts";
import { comesBack, later, waitMs } from "./retrying.ts";

export interface Asked<Data> {
  data: Data | null;
  problem: Problem | null;
  isAsking: boolean;
  again: () => void;
}

/**
 * Asks when `key` changes, and every `everyMs` while the page is seen. `key` null asks nothing.
 * What was answered stays while it is asked again, with `keepsLast` also while something else is asked. What
 * failed in passing is tried again by itself.
 */
export function useAsked<Data>(
  key: string | null,
  question: (signal: AbortSignal) => Promise<Data>,
  everyMs = 0,
  keepsLast = false,
): Asked<Data> {
  const [data, setData] = useState<Data | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsking, setAsking] = useState(key !== null);
  const [turn, setTurn] = useState(0);
  const asker = useRef(question);
  const answered = useRef<string | null>(null);
  const age = useRef<Repeated | null>(null);
  asker.current = question;
  useEffect(() => {
    // Timers have slept with the machine: what they wait for is asked now.
    const forget = onWake(() => age.current?.isDue() && setTurn((last) => last + 1));
    return () => {
      forget();
      age.current?.leave();
      age.current = null;
    };
  }, [key, everyMs]);
  // `turn` asks again.
  useEffect(() => {
    if (key === null) return;
    const control = new AbortController();
    let forget = () => {};
    const again = (ms: number) => {
      forget = later(ms, () => setTurn((last) => last + 1));
    };
    if (answered.current !== key && !keepsLast) setData(null);
    setAsking(true);
    asker.current(control.signal).then(
      (answer) => {
        answered.current = key;
        setData(answer);
        setProblem(null);
        setAsking(false);
        if (!everyMs) return;
        age.current ??= repeated(everyMs);
        age.current.answered();
        again(everyMs);
      },
      (error: unknown) => {
        if (control.signal.aborted || isAborted(error)) return;
        const found = problemOf(error);
        found.isTriedAgain = comesBack(found);
        setProblem(found);
        setAsking(false);
        if (found.isTriedAgain) again(waitMs(found));
      },
    );
    return () => {
      control.abort();
      forget();
    };
  }, [key, turn, everyMs]);
  return { data, problem, isAsking, again: () => setTurn((last) => last + 1) };
}
