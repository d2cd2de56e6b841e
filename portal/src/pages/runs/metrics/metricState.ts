/** Which metrics of a run are shown, and how, as the address says it. Pure. */

export interface MetricState {
  /** None: the first ones. */
  names: string[];
  by: "step" | "time";
  /** The share of what came before in a smoothed line; 0 smooths nothing. */
  smoothing: number;
  isLog: boolean;
  /** Runs that are laid over this one. */
  over: string[];
  /** Steps, or microseconds since the run began; null: all there is. */
  window: [number, number] | null;
  isTable: boolean;
}

export const MOST_CHARTS = 8;
/** With the run itself as many as a comparison has. */
export const MOST_OVER = 19;
export const SMOOTHINGS = [0, 0.6, 0.9, 0.97, 0.99] as const;

export function readMetricState(query: string): MetricState {
  const search = new URLSearchParams(query);
  const smoothing = Number(search.get("smooth") ?? 0);
  const over = (search.get("over") ?? "").split(",").filter((id) => /^[0-9a-f-]{36}$/.test(id));
  const [from = Number.NaN, to = Number.NaN] = (search.get("window") ?? "").split(",").map(Number);
  return {
    names: [...new Set(search.getAll("m"))].slice(0, MOST_CHARTS),
    by: search.get("by") === "time" ? "time" : "step",
    smoothing: smoothing > 0 && smoothing < 1 ? smoothing : 0,
    isLog: search.has("log"),
    over: [...new Set(over)].slice(0, MOST_OVER),
    window: to > from ? [from, to] : null,
    isTable: search.has("table"),
  };
}

export function writeMetricState(state: MetricState): string {
  const parts = ["tab=metrics", ...state.names.map((name) => `m=${encodeURIComponent(name)}`)];
  if (state.by === "time") parts.push("by=time");
  if (state.smoothing) parts.push(`smooth=${state.smoothing}`);
  if (state.isLog) parts.push("log=1");
  if (state.over.length) parts.push(`over=${state.over.join(",")}`);
  if (state.window) parts.push(`window=${state.window.map(Math.round).join(",")}`);
  if (state.isTable) parts.push("table=1");
  return parts.join("&");
}
