/** What the keys do on a plot. Pure. */

export type PlotAction =
  | { do: "cursor"; share: number }
  | { do: "pan"; share: number }
  | { do: "zoom"; factor: number }
  | { do: "whole" | "live" | "a" | "b" | "clear" | "help" | "table" | "readings" | "annotate" };

interface KeyPressed {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Shares are of the window: an arrow moves the cursor, with Shift it moves the window. */
export function actionOf(event: KeyPressed): PlotAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "ArrowLeft":
      return event.shiftKey ? { do: "pan", share: -0.25 } : { do: "cursor", share: -0.01 };
    case "ArrowRight":
      return event.shiftKey ? { do: "pan", share: 0.25 } : { do: "cursor", share: 0.01 };
    case "PageUp":
      return { do: "pan", share: -1 };
    case "PageDown":
      return { do: "pan", share: 1 };
    case "+":
    case "=":
      return { do: "zoom", factor: 0.5 };
    case "-":
    case "_":
      return { do: "zoom", factor: 2 };
    case "Home":
      return { do: "whole" };
    case "Escape":
      return { do: "clear" };
    case "?":
      return { do: "help" };
    default:
      return LETTERS[event.key.toLowerCase()] ?? null;
  }
}

const LETTERS: Record<string, PlotAction> = {
  l: { do: "live" },
  a: { do: "a" },
  b: { do: "b" },
  t: { do: "table" },
  r: { do: "readings" },
  n: { do: "annotate" },
};

export const KEYS_HELP: [string, string][] = [
  ["← →", "Move the cursor; its values are read aloud"],
  ["Shift ← →", "Move the window by a quarter"],
  ["Page up, Page down", "Move the window by its length"],
  ["+ −", "Zoom in and out about the cursor"],
  ["Home", "The window as it was when the page was opened"],
  ["L", "Follow what is measured now"],
  ["A, B", "Put a marker at the cursor; both together tell the distance"],
  ["T", "Show the plot as a table"],
  ["R", "The readings around the cursor, one by one; in Explore"],
  ["N", "Note something at the markers or the cursor; in Explore"],
  ["Esc", "Take the markers away"],
  ["?", "These keys"],
  ["Drag", "Zoom into what is marked"],
  ["Ctrl drag", "Mark from A to B; in Explore, to note something"],
  ["Shift drag, one finger", "Move the window"],
  ["Ctrl wheel, two fingers", "Zoom"],
];
