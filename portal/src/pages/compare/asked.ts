/** What the page asks the API: which sensors the members have, and the comparison itself. */

import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { ComparisonAnswer } from "../../api/types.ts";
import { type Asked, useAsked } from "../../ui/requests/asking.ts";
import type { ComparedMember } from "./answers.ts";
import { type Comparison, questionOf } from "./compareState.ts";

export interface MemberSensors {
  projectId: string | null;
  /** Those that most members have come first. */
  keys: string[];
  /** Names of metrics, likewise; of runs that are compared by them only. */
  metrics: string[];
  /** Numbers of capture sessions that any run has. */
  ordinals: number[];
  sensorIds: Map<string, Map<string, string>>;
  /** As long as there is no answer: without T0 and values. */
  members: ComparedMember[];
}

/** Which sensors the members have. */
export function useSensors(comparison: Comparison): Asked<MemberSensors> {
  const { kind, members, subject } = comparison;
  const key = members.length > 1 ? `${kind} ${subject} ${members.join()}` : null;
  return useAsked(key, async (signal) => {
    const all = await Promise.all(members.map((id) => readMember(comparison, id, signal)));
    return joined(kind, members, all);
  });
}

interface KnownMember {
  runId: string;
  name: string;
  projectId: string;
  sensors: { id: string; key: string }[];
  ordinals: number[];
  metrics: string[];
}

async function readMember(
  { kind, subject }: Comparison,
  id: string,
  signal: AbortSignal,
): Promise<KnownMember> {
  if (kind === "runs") {
    const path = { run_id: id };
    const [run, sensors, sessions, metrics] = await Promise.all([
      ask(api.GET("/api/v1/runs/{run_id}", { params: { path }, signal })),
      everyItem((query) =>
        ask(api.GET("/api/v1/runs/{run_id}/sensors", { params: { path, query }, signal })),
      ),
      everyItem((query) =>
        ask(api.GET("/api/v1/runs/{run_id}/capture-sessions", { params: { path, query }, signal })),
      ),
      subject === "metrics"
        ? ask(api.GET("/api/v1/runs/{run_id}/metrics/summary", { params: { path }, signal }))
        : { items: [] },
    ]);
    const ordinals = sessions.filter((each) => each.started_at).map((each) => each.ordinal);
    const names = metrics.items.map((each) => each.name);
    return {
      runId: run.id,
      name: run.name,
      projectId: run.project_id,
      sensors,
      ordinals,
      metrics: names,
    };
  }
  const path = { capture_session_id: id };
  const [session, sensors] = await Promise.all([
    ask(api.GET("/api/v1/capture-sessions/{capture_session_id}", { params: { path }, signal })),
    everyItem((query) =>
      ask(
        api.GET("/api/v1/capture-sessions/{capture_session_id}/sensors", { params: { path, query }, signal }),
      ),
    ),
  ]);
  const ofRun = { params: { path: { run_id: session.run_id } }, signal };
  const run = await ask(api.GET("/api/v1/runs/{run_id}", ofRun));
  return {
    runId: run.id,
    name: `${run.name} #${session.ordinal}`,
    projectId: session.project_id,
    sensors,
    ordinals: [],
    metrics: [],
  };
}

function joined(kind: Comparison["kind"], members: string[], all: KnownMember[]): MemberSensors {
  const ids = all.map((each) => new Map(each.sensors.map((sensor) => [sensor.key, sensor.id])));
  return {
    projectId: all[0]?.projectId ?? null,
    keys: commonFirst(all.map((each) => each.sensors.map((sensor) => sensor.key))),
    metrics: commonFirst(all.map((each) => each.metrics)),
    ordinals: [...new Set(all.flatMap((each) => each.ordinals))].sort((one, other) => one - other),
    sensorIds: new Map(members.map((id, place) => [id, ids[place] ?? new Map()])),
    members: all.map((each, place) => ({
      run_id: each.runId,
      capture_session_id: kind === "sessions" ? (members[place] ?? null) : null,
      name: each.name,
      project_id: each.projectId,
      t0: null,
      offset_us: 0,
      shift_us: 0,
      shift_steps: 0,
      problem: null,
      runs_on: false,
      series: [],
    })),
  };
}

function commonFirst(of: string[][]): string[] {
  const count = new Map<string, number>();
  for (const name of of.flat()) count.set(name, (count.get(name) ?? 0) + 1);
  return [...count]
    .sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))
    .map(([name]) => name);
}

/** The comparison in about so many columns; null asks nothing. */
export function useComparison(
  comparison: Comparison,
  keys: string[],
  columns: number | null,
): Asked<ComparisonAnswer> {
  const question = questionOf(comparison, keys, columns ?? 2);
  const isWhole = comparison.members.length > 1 && keys.length > 0 && columns !== null;
  return useAsked(
    isWhole ? JSON.stringify(question) : null,
    (signal) => ask(api.POST("/api/v1/comparisons", { body: question, signal })),
    0,
    true,
  );
}
