/** What a view shows, asked for in steps, once the hand rests. */

import { useEffect, useRef, useState } from "preact/hooks";
import { isAborted, type Problem, problemOf } from "../../api/problems.ts";
import { type Period, periodOf } from "../../ranges.ts";
import type { Picture, SensorPicture } from "../../series/answers.ts";
import { askInSteps } from "../../series/questions.ts";
import { SECOND } from "../../times.ts";
import { comesBack, later, waitMs } from "../../ui/requests/retrying.ts";
import type { Layer, View } from "../../view.ts";
import { onWake, type Repeated, repeated } from "../../waking.ts";

export interface Pictures {
  period: Period;
  nowUs: number;
  /** For each layer that is shown. */
  byLayer: Map<Layer, Picture>;
  problem: Problem | null;
  isAsking: boolean;
  /** Whether all that the view shows is here. */
  isWhole: boolean;
  again: () => void;
}

const RESTS_MS = 60;

export function layerOf(view: View, id: string): Layer {
  return view.sensors.find((pick) => pick.id === id)?.layer ?? view.layer;
}

export function pictureOf(pictures: Pictures, view: View, id: string): SensorPicture | null {
  return pictures.byLayer.get(layerOf(view, id))?.bySensor.get(id) ?? null;
}

/** It was answered with neither a value nor a calibration. */
export function lacksPhysical(view: View, pictures: Pictures, id: string): boolean {
  if (layerOf(view, id) === "raw") return false;
  const totals = pictureOf(pictures, view, id)?.totals;
  return totals?.count === 0 && !pictures.byLayer.get("physical")?.versions.has(id);
}

/** Asks anew when the view or the width changes; one that ends now also as time goes on. */
export function usePictures(view: View, width: number): Pictures {
  const [byLayer, setByLayer] = useState<Map<Layer, Picture>>(new Map());
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [turn, setTurn] = useState(0);
  const now = useRef({ key: "", us: Date.now() * 1000 });
  const shown = useRef("");
  const age = useRef<Repeated | null>(null);
  const sensors = view.sensors.map((pick) => `${pick.id}:${pick.layer ?? view.layer}`).join(" ");
  const asked = `${JSON.stringify(view.range)} ${sensors} ${view.asOf} ${width}`;
  const key = `${asked} ${turn}`;
  if (now.current.key !== key) now.current = { key, us: Date.now() * 1000 };
  const period = periodOf(view.range, now.current.us);
  useEffect(() => {
    const forget = onWake(() => age.current?.isDue() && setTurn((last) => last + 1));
    return () => {
      forget();
      age.current?.leave();
      age.current = null;
    };
  }, [asked]);
  useEffect(() => {
    if (!view.sensors.length || width < 50) return setByLayer(new Map());
    const control = new AbortController();
    let forget = () => {};
    const again = (ms: number) => {
      forget = later(ms, () => setTurn((last) => last + 1));
    };
    const read = async () => {
      setAsking(true);
      try {
        await Promise.all(layersOf(view).map(([layer, ids]) => readLayer(layer, ids)));
        setProblem(null);
        setAsking(false);
        shown.current = asked;
        if (view.range.kind !== "last") return;
        const everyMs = refreshMs(view.range.lengthUs);
        age.current ??= repeated(everyMs);
        age.current.answered();
        again(everyMs);
      } catch (error) {
        if (control.signal.aborted || isAborted(error)) return;
        const found = problemOf(error);
        found.isTriedAgain = comesBack(found);
        setProblem(found);
        setAsking(false);
        if (found.isTriedAgain) again(waitMs(found));
      }
    };
    const readLayer = (layer: Layer, ids: string[]) =>
      askInSteps(
        { sensors: ids, layer, ...period, width, asOf: view.asOf },
        control.signal,
        (picture) => {
          if (!control.signal.aborted) setByLayer((last) => new Map([...last, [layer, picture]]));
        },
        shown.current === asked,
      );
    const timer = window.setTimeout(read, RESTS_MS);
    return () => {
      clearTimeout(timer);
      forget();
      control.abort();
    };
  }, [key]);
  return {
    period,
    nowUs: now.current.us,
    byLayer,
    problem,
    isAsking,
    isWhole: shown.current === asked,
    again: () => setTurn((last) => last + 1),
  };
}

/** What it was when the picture was last whole: what stands beside the plots is asked for after them. */
export function useWhenWhole<Value>({ isWhole }: Pictures, value: Value): Value | null {
  const kept = useRef<Value | null>(null);
  if (isWhole) kept.current = value;
  return kept.current;
}

function layersOf(view: View): [Layer, string[]][] {
  const ids = (layer: Layer) =>
    view.sensors.filter((pick) => (pick.layer ?? view.layer) === layer).map((pick) => pick.id);
  return (["physical", "raw"] as const)
    .map((layer) => [layer, ids(layer)] as [Layer, string[]])
    .filter(([, found]) => found.length);
}

/** As often as a pixel's worth of time passes, within reason. */
function refreshMs(lengthUs: number): number {
  return Math.min(Math.max((lengthUs / SECOND) * 2, 1000), 15_000);
}
