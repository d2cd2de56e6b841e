/** What has been done, said for a moment, and read aloud. */

import { signal } from "@preact/signals";
import { problemOf } from "../api/problems.ts";
import { Icon } from "./icons.tsx";

export type Tone = "ok" | "warn" | "bad";

interface Toast {
  id: number;
  text: string;
  tone: Tone;
}

const SHOWN_MS: Record<Tone, number> = { ok: 5000, warn: 8000, bad: 12000 };
const toasts = signal<Toast[]>([]);
let last = 0;

export function toast(text: string, tone: Tone = "ok"): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.filter((each) => each.text !== text).slice(-3), { id, text, tone }];
  setTimeout(() => forget(id), SHOWN_MS[tone]);
}

export function toastProblem(error: unknown): void {
  const problem = problemOf(error);
  toast(`${problem.title}: ${problem.message}`, "bad");
}

function forget(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((each) => (
        <div key={each.id} class={`note ${each.tone}`}>
          <div class="row spread" style="flex-wrap: nowrap">
            <span class="grow">{each.text}</span>
            <button
              type="button"
              class="button quiet icon"
              aria-label="Close"
              onClick={() => forget(each.id)}
            >
              <Icon name="close" size={14} />
            </button>
          </div>
        </div>
      ))}
    </div>
  );
}
