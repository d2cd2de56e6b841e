/**
 * How old what is shown is: a tab may have been hidden, or its machine asleep, or the server away.
 *
 * Whatever is asked again and again tells when it was last answered. While one of these is overdue, `overdueSince`
 * says since when. Nothing is asked here: whoever asks is told when the page wakes, and asks once.
 */

import { signal } from "@preact/signals";

/** An answer is overdue when it should have come so many times, and not for a moment only. */
const TURNS = 3;
const LEAST_OVERDUE_MS = 15_000;
const LOOK_MS = 1000;
/** Timers that are so late have slept, and so have clocks that are so far from one another. */
const SLEPT_MS = 5000;

/** When the oldest of the overdue answers came, milliseconds of `Date.now()`; null: all is fresh. */
export const overdueSince = signal<number | null>(null);

/** What is asked again every so often, as long as its page is there. */
export interface Repeated {
  answered: () => void;
  /** Whether it would have been asked again by now, had the page been awake. */
  isDue: () => boolean;
  leave: () => void;
}

interface RepeatedQuestion {
  everyMs: number;
  answeredMs: number;
}

const questions = new Set<RepeatedQuestion>();
const sleepers = new Set<(isClockLost: boolean) => void>();
let lookedMs = 0;
let drift = 0;
let timer = 0;

/** A question that was just answered, and will be asked again every `everyMs`. */
export function repeated(everyMs: number): Repeated {
  const question = { everyMs, answeredMs: Date.now() };
  questions.add(question);
  watch();
  return {
    answered: () => {
      question.answeredMs = Date.now();
      if (overdueSince.peek() !== null) look();
    },
    isDue: () => Date.now() - question.answeredMs > question.everyMs,
    leave: () => {
      questions.delete(question);
      if (overdueSince.peek() !== null) look();
    },
  };
}

/**
 * Told when the page is seen again, and when its timers have slept while it was. `isClockLost`: the machine slept, and
 * `performance.now()` with it, or somebody has set its clock. What is returned calls it off.
 */
export function onWake(wake: (isClockLost: boolean) => void): () => void {
  sleepers.add(wake);
  watch();
  return () => sleepers.delete(wake);
}

function watch(): void {
  if (timer || typeof document === "undefined") return;
  lookedMs = Date.now();
  drift = lookedMs - performance.now();
  timer = window.setInterval(rouse, LOOK_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) rouse(true);
  });
}

function rouse(isSeenAgain?: unknown): void {
  const nowMs = Date.now();
  const isLate = nowMs - lookedMs > SLEPT_MS;
  lookedMs = nowMs;
  if (!document.hidden && (isSeenAgain === true || isLate)) {
    const now = nowMs - performance.now();
    const isClockLost = Math.abs(now - drift) > SLEPT_MS;
    drift = now;
    for (const wake of sleepers) wake(isClockLost);
  }
  look();
}

function look(): void {
  overdueSince.value = oldestOverdue(questions, Date.now());
}

/** When the oldest of the overdue answers came. Pure. */
export function oldestOverdue(asked: Iterable<RepeatedQuestion>, nowMs: number): number | null {
  let oldest: number | null = null;
  for (const { everyMs, answeredMs } of asked) {
    const isOverdue = nowMs - answeredMs > Math.max(TURNS * everyMs, LEAST_OVERDUE_MS);
    if (isOverdue && (oldest === null || answeredMs < oldest)) oldest = answeredMs;
  }
  return oldest;
}
