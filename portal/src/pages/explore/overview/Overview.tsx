/** A strip under the plots: what is known around the window, and the window in it, to be moved by hand or keys. */

import { useMemo, useRef, useState } from "preact/hooks";
import { seriesVariable } from "../../../plot/colours.ts";
import { aired } from "../../../plot/limits.ts";
import { trace } from "../../../plot/trace.ts";
import { type Period, zoomed } from "../../../ranges.ts";
import { extremes, usualGap } from "../../../series/columns.ts";
import { zone } from "../../../settings.ts";
import { durationText, timeText } from "../../../times.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Time } from "../../../ui/facts.tsx";
import type { View } from "../../../view.ts";
import { type Pictures, useWhenWhole } from "../pictures.ts";
import { aroundOf, brushed, type Grip } from "./around.ts";
import { OverviewLanes } from "./OverviewLanes.tsx";
import { MOST, type TraceLine, useAroundTrace, useSurroundings } from "./surroundings.ts";

export interface OverviewProps {
  view: View;
  pictures: Pictures;
  period: Period;
  nowUs: number;
  width: number;
  onRange: (fromUs: number, toUs: number, isDone: boolean) => void;
}

const FACTORS = [2, 4, 8, 16, 32, 64, 256, 1024];

export function Overview(props: OverviewProps) {
  const { view, pictures, period, nowUs, width, onRange } = props;
  const [place, setPlace] = useState(2);
  const before = useRef<{ place: number; around: Period } | null>(null);
  const last = before.current?.place === place ? before.current.around : null;
  const around = aroundOf(period, FACTORS[place] ?? 8, nowUs, last);
  before.current = { place, around };
  const settled = useWhenWhole(pictures, around);
  const known = useSurroundings(view, settled);
  const lines = useAroundTrace(view, settled);
  const length = around.toUs - around.fromUs;
  return (
    <section class="panel overview" aria-label="Around the window">
      <Strip {...props} around={around} lines={lines} />
      <OverviewLanes known={known} around={around} nowUs={nowUs} width={width} onRange={onRange} />
      <div class="row spread ends">
        <Time at={around.fromUs} />
        <div class="row" style="gap: 2px">
          <Button
            kind="quiet"
            icon="zoomIn"
            label="Less around the window"
            refused={place > 0 ? null : "The window fills it already"}
            onClick={() => setPlace(place - 1)}
          />
          <span class="muted nowrap">{durationText(length)} around</span>
          <Button
            kind="quiet"
            icon="zoomOut"
            label="More around the window"
            refused={place < FACTORS.length - 1 ? null : "That is all there is"}
            onClick={() => setPlace(place + 1)}
          />
        </div>
        <Time at={around.toUs} />
      </div>
      {known?.isCut && (
        <p class="muted cut-note">
          Only the newest {MOST} capture sessions, {MOST} annotations and {MOST} backfills are marked. Zoom in
          to see others.
        </p>
      )}
    </section>
  );
}

interface Held {
  grip: Grip;
  startUs: number;
  period: Period;
}

function Strip(props: OverviewProps & { around: Period; lines: TraceLine[] }) {
  const { period, around, lines, nowUs, onRange } = props;
  const strip = useRef<HTMLDivElement>(null);
  const held = useRef<Held | null>(null);
  const length = around.toUs - around.fromUs;
  const share = (us: number) => Math.min(Math.max((us - around.fromUs) / length, 0), 1) * 100;
  const timeAt = (event: PointerEvent) => {
    const { left = 0, width = 1 } = strip.current?.getBoundingClientRect() ?? {};
    return around.fromUs + ((event.clientX - left) / width) * length;
  };
  const move = (event: PointerEvent, isDone: boolean) => {
    const { current } = held;
    if (!current) return;
    const next = brushed(current.period, current.grip, current.startUs, timeAt(event));
    const isClick = current.grip === "new" && next.toUs - next.fromUs < length / 200;
    if (isClick && !isDone) return;
    const shown = isClick ? centred(period, current.startUs) : next;
    onRange(shown.fromUs, shown.toUs, isDone);
    if (isDone) held.current = null;
  };
  const grab = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const grip = ((event.target as HTMLElement).dataset.grip ?? "new") as Grip;
    held.current = { grip, startUs: timeAt(event), period };
    strip.current?.setPointerCapture(event.pointerId);
  };
  const left = share(period.fromUs);
  const right = share(period.toUs);
  return (
    <div
      class="strip"
      ref={strip}
      onPointerDown={grab}
      onPointerMove={(event) => move(event, false)}
      onPointerUp={(event) => move(event, true)}
      onPointerCancel={() => {
        held.current = null;
      }}
    >
      <AroundTrace lines={lines} around={around} view={props.view} />
      <div class="future" style={{ left: `${share(nowUs)}%` }} />
      <div class="shade" style={{ left: 0, width: `${left}%` }} />
      <div class="shade" style={{ left: `${right}%`, right: 0 }} />
      <div
        class="brush"
        data-grip="whole"
        role="slider"
        tabIndex={0}
        aria-label="The window in what is around it"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((left + right) / 2)}
        aria-valuetext={`${durationText(period.toUs - period.fromUs)} from ${timeText(period.fromUs, zone.value)}`}
        style={{ left: `${left}%`, width: `${right - left}%` }}
        onKeyDown={(event) => press(event, period, onRange)}
      >
        <span class="grip from" data-grip="from" />
        <span class="grip to" data-grip="to" />
      </div>
    </div>
  );
}

function press(event: KeyboardEvent, period: Period, onRange: OverviewProps["onRange"]): void {
  const { fromUs, toUs } = period;
  const step = (toUs - fromUs) / 4;
  const moves: Record<string, number> = {
    ArrowLeft: -step,
    ArrowRight: step,
    ArrowDown: -step,
    ArrowUp: step,
  };
  const factors: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2 };
  const by = moves[event.key];
  const factor = factors[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || (by === undefined && factor === undefined)) return;
  event.preventDefault();
  const next = factor === undefined ? null : zoomed(period, (fromUs + toUs) / 2, factor);
  if (next?.kind === "fixed") onRange(next.fromUs, next.toUs, true);
  else if (by !== undefined) onRange(fromUs + by, toUs + by, true);
}

function centred({ fromUs, toUs }: Period, us: number): Period {
  const half = (toUs - fromUs) / 2;
  return { fromUs: us - half, toUs: us + half };
}

const WIDTH = 1000;
const HEIGHT = 100;

/** Each line by its own limits: it tells where something happened, not how much. */
function AroundTrace({ lines, around, view }: { lines: TraceLine[]; around: Period; view: View }) {
  const paths = useMemo(
    () => lines.map(({ id, columns }) => ({ id, path: pathOf(columns, around) })),
    [lines, around],
  );
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {paths.map(({ id, path }) => (
        <path
          key={id}
          d={path}
          fill="none"
          stroke={seriesVariable(
            Math.max(
              view.sensors.findIndex((pick) => pick.id === id),
              0,
            ),
          )}
          stroke-width="1"
          vector-effect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

function pathOf(columns: TraceLine["columns"], around: Period): string {
  const [low, high] = aired(...(extremes(columns, around.fromUs, around.toUs) ?? [0, 1]));
  const place = { ...around, left: 0, width: WIDTH, top: 0, height: HEIGHT, low, high };
  const steps: string[] = [];
  const write = (letter: string) => (x: number, y: number) => {
    steps.push(`${letter}${x} ${y.toFixed(1)}`);
  };
  trace({ moveTo: write("M"), lineTo: write("L") }, columns, place, usualGap(columns));
  return steps.join("");
}
