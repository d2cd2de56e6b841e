/** What the metrics of a run are asked for: what there is, the points of some, the runs laid over it. */

import { useRef } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import { problemOf } from "../../../api/problems.ts";
import type { Run, Schemas } from "../../../api/types.ts";
import { projectId } from "../../../session.ts";
import { type Asked, useAsked } from "../../../ui/requests/asking.ts";
import type { MetricPoints } from "./metricLines.ts";

export type MetricSummary = Schemas["MetricSummary"];

// As many as a plot can show; of a run of more than 150,000 steps the blocks that the database keeps are enough.
const MOST_POINTS = 1200;
// Of all runs of one name, so that 20 of them are not ten times as much to read and to draw.
const MOST_OF_ALL = 12_000;
// An answer that has not changed is sent as its ETag alone.
const LIVE_MS = 3000;

export interface RunPoints {
  run: Run;
  metrics: Map<string, MetricPoints>;
}

export interface PointsOfRuns {
  runs: RunPoints[];
  /** Runs that were to be laid over it, and are not there for the caller. */
  missing: string[];
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

/**
 * Points of these names, of this run and of those that are laid over it. Between steps: as fine as there is room.
 * Runs that are over are not asked again.
 */
export function usePoints(
  run: Run,
  over: string[],
  names: string[],
  steps: [number, number] | null,
): Asked<PointsOfRuns> {
  const ids = [run.id, ...over];
  const held = useRef(new Map<string, RunPoints>());
  const bounds = steps && { from_step: Math.floor(steps[0]) - 1, to_step: Math.ceil(steps[1]) + 2 };
  const most = Math.min(MOST_POINTS, Math.floor(MOST_OF_ALL / ids.length));
  const query = { name: names, max_points: most, ...bounds };
  const keyOf = (id: string) => JSON.stringify([id, query]);
  const read = async (id: string, signal: AbortSignal) =>
    held.current.get(keyOf(id)) ??
    readPoints(id, query, signal).catch((error: unknown) => {
      if (id !== run.id && problemOf(error).status === 404) return null;
      throw error;
    });
  return useAsked(
    names.length ? JSON.stringify([ids, query]) : null,
    async (signal) => {
      const runs = await Promise.all(ids.map((id) => read(id, signal)));
      const found = runs.filter((each) => each !== null);
      const over = found.filter((each) => each.run.status !== "running");
      held.current = new Map(over.map((each) => [keyOf(each.run.id), each]));
      return { runs: found, missing: ids.filter((_, place) => runs[place] === null) };
    },
    run.status === "running" ? LIVE_MS : 0,
    true,
  );
}

interface PointsQuery {
  name: string[];
  max_points: number;
  from_step?: number;
  to_step?: number;
}

async function readPoints(id: string, query: PointsQuery, signal: AbortSignal): Promise<RunPoints> {
  const path = { run_id: id };
  const [run, answer] = await Promise.all([
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path }, signal })),
    ask(api.GET("/api/v1/runs/{run_id}/metrics", { params: { path, query }, signal })),
  ]);
  return { run, metrics: new Map(answer.metrics.map((each) => [each.name, each])) };
}

/** Runs of the project whose names hold a text, newest first; a page of them. */
export function useRunsCalled(text: string) {
  const project = projectId.value;
  return useAsked(project && `runs ${project} ${text}`, (signal) => {
    const params = {
      path: { project_id: project ?? "" },
      query: { limit: 12, ...(text ? { q: text } : {}) },
    };
    return ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }));
  });
}
