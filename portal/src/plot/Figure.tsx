/** A plot as part of a page: reached by the keyboard, told to who can't see it. */

import { effect, type Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { countText, valueText } from "../numbers.ts";
import { seenAt } from "../series/columns.ts";
import { themeShown } from "../settings.ts";
import { clockText, dateText, durationText, zoneSuffix } from "../times.ts";
import { GUTTER_PX, PlotCanvas, type PlotLine, type Shown } from "./canvas.ts";
import { followClicks, followGestures } from "./gestures.ts";
import { actionOf, type PlotAction } from "./keys.ts";
import { valueLimits } from "./limits.ts";
import { decimalsOf, elapsedText, timeStep } from "./ticks.ts";

export interface NamedLine extends PlotLine {
  id: string;
  name: string;
  unit: string;
}

export interface FigureProps {
  label: string;
  lines: NamedLine[];
  /** What is shown, but for the value axis; called again at each drawing. */
  shown: () => Omit<Shown, "low" | "high" | "lines" | "unit">;
  limits: [number, number] | null;
  height: number;
  cursor: Signal<number | null>;
  onRange: (fromUs: number, toUs: number, isDone: boolean) => void;
  /** What a drag chooses, where that is not the window to zoom to. */
  onSelect?: (fromUs: number, toUs: number) => void;
  /** A stretch was marked with Ctrl held; without this it is zoomed into all the same. */
  onMark?: (fromUs: number, toUs: number) => void;
  /** A moment was clicked. */
  onPick?: (us: number) => void;
  onAction?: (action: PlotAction, atUs: number | null) => void;
  /** Given a way to draw anew, for whoever draws by itself. */
  onCanvas?: (redraw: (() => void) | null) => void;
}

export function Figure(props: FigureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const canvas = useRef<PlotCanvas | null>(null);
  const limits = useRef<[number, number] | null>(null);
  const drawer = useRef<() => void>(() => undefined);
  const [said, setSaid] = useState("");
  latest.current = props;
  const whole = (): Shown => {
    const { lines, shown, limits: fixed } = latest.current;
    const part = shown();
    limits.current = fixed ?? valueLimits(lines, part.fromUs, part.toUs, limits.current);
    const [low, high] = limits.current;
    return { ...part, low, high, lines, unit: unitOf(lines) };
  };
  useEffect(() => {
    const parent = holder.current;
    if (!parent) return;
    const made = new PlotCanvas(parent, parent.clientWidth, latest.current.height, whole(), {
      onCursor: (us) => {
        latest.current.cursor.value = us;
      },
      onSelect: (from, to, isMarked) => {
        const { onMark, onRange, onSelect } = latest.current;
        if (isMarked && onMark) onMark(from, to);
        else if (onSelect) onSelect(from, to);
        else onRange(from, to, true);
      },
    });
    canvas.current = made;
    // What is scrolled away is drawn when it comes back.
    let isSeen = true;
    const redraw = () => {
      if (isSeen) made.show(whole());
    };
    const seen = new IntersectionObserver(([entry]) => {
      const wasSeen = isSeen;
      isSeen = entry?.isIntersecting ?? true;
      if (isSeen && !wasSeen) redraw();
    });
    seen.observe(parent);
    drawer.current = redraw;
    latest.current.onCanvas?.(redraw);
    const resized = new ResizeObserver(() => made.resize(parent.clientWidth, latest.current.height));
    resized.observe(parent);
    const unpoint = effect(() => made.pointAt(latest.current.cursor.value));
    const unpaint = effect(() => {
      themeShown.value;
      queueMicrotask(redraw);
    });
    const unclick = followClicks(made.over, (left) => latest.current.onPick?.(made.timeAt(left)));
    const unfollow = followGestures(
      made.over,
      gestures(made, () => latest.current),
    );
    return () => {
      latest.current.onCanvas?.(null);
      for (const end of [unpoint, unpaint, unclick, unfollow]) end();
      resized.disconnect();
      seen.disconnect();
      made.destroy();
      canvas.current = null;
    };
  }, []);
  useEffect(() => {
    canvas.current?.resize(holder.current?.clientWidth ?? 0, props.height);
  }, [props.height]);
  useEffect(() => {
    drawer.current();
    canvas.current?.pointAt(props.cursor.value);
  });
  const press = (event: KeyboardEvent) => {
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    const words = follow(action, latest.current);
    if (words !== null) setSaid(words);
  };
  return (
    <figure class="figure">
      <div
        class="canvas"
        ref={holder}
        // Before it is drawn it takes the room that it will take.
        style={`min-height: ${props.height}px`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the cursor of a plot
        tabIndex={0}
        role="application"
        aria-label={described(props)}
        onKeyDown={press}
      />
      <output class="hidden-text" aria-live="polite">
        {said}
      </output>
    </figure>
  );
}

/** Does what a key says, and returns what is to be told of it, if anything. */
function follow(action: PlotAction, props: FigureProps): string | null {
  const { fromUs, toUs } = props.shown();
  const length = toUs - fromUs;
  const at = props.cursor.value;
  const show = (from: number, to: number) => {
    props.onRange(from, to, true);
    return periodSpoken(props, from, to);
  };
  if (action.do === "cursor") {
    const us = (at ?? fromUs + length / 2) + (at === null ? 0 : action.share * length);
    props.cursor.value = Math.min(Math.max(us, fromUs), toUs);
    return valuesSpoken(props, props.cursor.value);
  }
  if (action.do === "pan") return show(fromUs + action.share * length, toUs + action.share * length);
  if (action.do === "zoom") {
    const about = at !== null && at >= fromUs && at <= toUs ? at : fromUs + length / 2;
    return show(about - (about - fromUs) * action.factor, about + (toUs - about) * action.factor);
  }
  props.onAction?.(action, at);
  if (action.do === "clear") return "Markers are taken away";
  const isMarker = action.do === "a" || action.do === "b";
  return isMarker && at !== null ? `Marker ${action.do.toUpperCase()}, ${valuesSpoken(props, at)}` : null;
}

function gestures(made: PlotCanvas, props: () => FigureProps) {
  return {
    onPan: (share: number) => {
      const { fromUs, toUs } = props().shown();
      const step = (toUs - fromUs) * share;
      props().onRange(fromUs - step, toUs - step, false);
    },
    onZoom: (left: number, factor: number) => {
      const { fromUs, toUs } = props().shown();
      const about = made.timeAt(left);
      props().onRange(about - (about - fromUs) * factor, about + (toUs - about) * factor, false);
    },
    onDone: () => {
      const { fromUs, toUs } = props().shown();
      props().onRange(fromUs, toUs, true);
    },
  };
}

function unitOf(lines: NamedLine[]): string {
  return [...new Set(lines.map((line) => line.unit).filter(Boolean))].join(", ");
}

function described(props: FigureProps): string {
  const { fromUs, toUs } = props.shown();
  const names = props.lines.map((line) => line.name).join(", ") || "nothing";
  return `Plot of ${names}. ${periodSpoken(props, fromUs, toUs)}. Arrow keys read values, question mark tells all keys.`;
}

function periodSpoken(props: FigureProps, fromUs: number, toUs: number): string {
  const { zone, isElapsed, isSteps } = props.shown();
  if (isSteps) return `Steps ${countText(Math.ceil(fromUs))} to ${countText(Math.floor(toUs))}`;
  const begin = isElapsed
    ? `${elapsedText(fromUs)} after the beginning`
    : `${dateText(fromUs, zone)}, ${clockText(fromUs, zone)} ${zoneSuffix(fromUs, zone)}`;
  return `${durationText(toUs - fromUs)} from ${begin}`;
}

/** A moment, and what each line has there: a value, or the least and the greatest of many. */
function valuesSpoken(props: FigureProps, us: number): string {
  const { fromUs, toUs, zone, isElapsed, isSteps, isLog } = props.shown();
  const decimals = decimalsOf(timeStep(toUs - fromUs, window.innerWidth - GUTTER_PX) / 10);
  const values = props.lines.map((line) => `${line.name} ${valueSpoken(line, us, isLog ?? false)}`);
  if (isSteps) return `Step ${countText(us)}: ${values.join("; ")}`;
  const digits = Math.min(decimals, 6);
  return `${isElapsed ? elapsedText(us, digits) : clockText(us, zone, digits)}: ${values.join("; ")}`;
}

function valueSpoken(line: NamedLine, us: number, isLog: boolean): string {
  const seen = seenAt(line.columns, us, line.gapUs);
  if (!seen || Number.isNaN(seen.last)) return "no reading";
  const isOne = seen.count <= 1 || seen.min === seen.max;
  const text = (value: number) => valueText(isLog ? 10 ** value : value);
  const value = isOne ? text(seen.last) : `${text(seen.min)} to ${text(seen.max)}`;
  return `${value} ${line.unit}`.trim();
}
