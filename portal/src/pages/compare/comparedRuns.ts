/** The runs of a comparison, what they have, and what their sensors measured from T0 on. */

import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { isAborted, type Problem, problemOf } from "../../api/problems.ts";
import type { CaptureSession, Run, Sensor } from "../../api/types.ts";
import { keep } from "../../sensors.ts";
import type { SensorPicture } from "../../series/answers.ts";
import { askColumns } from "../../series/questions.ts";
import { type Asked, useAsked } from "../../ui/asking.ts";
import { type Comparison, periodSince, zeroOf } from "./compareState.ts";

export interface ComparedRun {
  run: Run;
  sensors: Sensor[];
  sessions: CaptureSession[];
  zeroUs: number | null;
}

/** All of them; `zeroUs` follows the comparison. */
export function useRuns(comparison: Comparison): Asked<ComparedRun[]> {
  const asked = useAsked(comparison.runs.length ? comparison.runs.join() : null, (signal) =>
    Promise.all(comparison.runs.map((id) => readRun(id, signal))),
  );
  const data =
    asked.data?.map((each) => ({ ...each, zeroUs: zeroOf(comparison, each.run, each.sessions) })) ?? null;
  return { ...asked, data };
}

async function readRun(id: string, signal: AbortSignal): Promise<Omit<ComparedRun, "zeroUs">> {
  const params = { path: { run_id: id }, query: { limit: 500 } };
  const [run, sensors, sessions] = await Promise.all([
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
    ask(api.GET("/api/v1/runs/{run_id}/sensors", { params, signal })),
    ask(api.GET("/api/v1/runs/{run_id}/capture-sessions", { params, signal })),
  ]);
  keep(sensors.items);
  return { run, sensors: sensors.items, sessions: sessions.items };
}

export interface Measured {
  /** By run, then by the sensor's key. Times are absolute. */
  pictures: Map<string, Map<string, SensorPicture>>;
  problem: Problem | null;
  isAsking: boolean;
}

/** What each run's sensors measured in the window since its T0. */
export function useMeasured(
  runs: ComparedRun[],
  keys: string[],
  window: [number, number],
  width: number,
): Measured {
  const [measured, setMeasured] = useState<Measured>({ pictures: new Map(), problem: null, isAsking: false });
  const asked = JSON.stringify([runs.map((each) => [each.run.id, each.zeroUs]), keys, window, width]);
  useEffect(() => {
    if (!runs.length || !keys.length || width < 50) return;
    const control = new AbortController();
    setMeasured((last) => ({ ...last, isAsking: true }));
    Promise.all(runs.map((each) => readMeasured(each, keys, window, width, control.signal))).then(
      (found) => {
        if (!control.signal.aborted)
          setMeasured({ pictures: new Map(found), problem: null, isAsking: false });
      },
      (error: unknown) => {
        if (control.signal.aborted || isAborted(error)) return;
        setMeasured((last) => ({ ...last, problem: problemOf(error), isAsking: false }));
      },
    );
    return () => control.abort();
  }, [asked]);
  return measured;
}

async function readMeasured(
  each: ComparedRun,
  keys: string[],
  window: [number, number],
  width: number,
  signal: AbortSignal,
): Promise<[string, Map<string, SensorPicture>]> {
  const sensors = each.sensors.filter((sensor) => keys.includes(sensor.key));
  if (each.zeroUs === null || !sensors.length) return [each.run.id, new Map()];
  const picture = await askColumns(
    {
      sensors: sensors.map((sensor) => sensor.id),
      layer: "physical",
      ...periodSince(each.zeroUs, window),
      width,
      asOf: null,
    },
    signal,
  );
  const byKey = new Map<string, SensorPicture>();
  for (const sensor of sensors) {
    const found = picture.bySensor.get(sensor.id);
    if (found) byKey.set(sensor.key, found);
  }
  return [each.run.id, byKey];
}
