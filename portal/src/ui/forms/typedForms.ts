/** Whether the page holds something that somebody has typed and that would go with it. */

let last: HTMLFormElement | null = null;

addEventListener(
  "input",
  (event) => {
    last = (event.target as Element | null)?.closest?.("form") ?? last;
  },
  true,
);

export function isSomethingTyped(): boolean {
  return last?.isConnected ?? false;
}
