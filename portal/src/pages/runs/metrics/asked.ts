/** What the metrics of a run are asked for: what there is, the points of some, the runs laid over it. */

import { api, ask } from "../../../api/client.ts";
import type { Run, Schemas } from "../../../api/types.ts";
import { projectId } from "../../../session.ts";
import { type Asked, useAsked } from "../../../ui/asking.ts";
import type { MetricPoints } from "./metricLines.ts";

export type MetricSummary = Schemas["MetricSummary"];

const MOST_POINTS = 2000;
// An answer that has not changed is sent as its ETag alone.
const LIVE_MS = 3000;

export interface RunPoints {
  run: Run;
  metrics: Map<string, MetricPoints>;
}

/** In short, of every name; again and again while the run goes on. */
export function useSummary(run: Run): Asked<MetricSummary[]> {
  return useAsked(
    `metrics of ${run.id}`,
    async (signal) => {
      const params = { path: { run_id: run.id } };
      return (await ask(api.GET("/api/v1/runs/{run_id}/metrics/summary", { params, signal }))).items;
    },
    run.status === "running" ? LIVE_MS : 0,
  );
}

/** Points of these names, of this run and of those that are laid over it. Between steps: as fine as there is room. */
export function usePoints(
  run: Run,
  over: string[],
  names: string[],
  steps: [number, number] | null,
): Asked<RunPoints[]> {
  const ids = [run.id, ...over];
  return useAsked(
    names.length ? JSON.stringify([ids, names, steps]) : null,
    (signal) => Promise.all(ids.map((id) => readPoints(id, names, steps, signal))),
    run.status === "running" ? LIVE_MS : 0,
    true,
  );
}

async function readPoints(
  id: string,
  names: string[],
  steps: [number, number] | null,
  signal: AbortSignal,
): Promise<RunPoints> {
  const path = { run_id: id };
  const bounds = steps && { from_step: Math.floor(steps[0]) - 1, to_step: Math.ceil(steps[1]) + 2 };
  const query = { name: names, max_points: MOST_POINTS, ...bounds };
  const [run, answer] = await Promise.all([
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path }, signal })),
    ask(api.GET("/api/v1/runs/{run_id}/metrics", { params: { path, query }, signal })),
  ]);
  return { run, metrics: new Map(answer.metrics.map((each) => [each.name, each])) };
}

/** Runs of the project whose names hold a text, newest first. */
export function useRunsCalled(text: string): Asked<Run[]> {
  const project = projectId.value;
  return useAsked(project && `runs ${project} ${text}`, async (signal) => {
    const params = {
      path: { project_id: project ?? "" },
      query: { limit: 12, ...(text ? { q: text } : {}) },
    };
    return (await ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }))).items;
  });
}
