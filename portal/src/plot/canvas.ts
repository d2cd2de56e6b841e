/** One plot on a canvas: uPlot keeps axes, grid, cursor and selection; lines are drawn by `trace`. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { countText, markTexts, valueText } from "../numbers.ts";
import { type Columns, silences } from "../series/columns.ts";
import type { Zone } from "../times.ts";
import { colours } from "./colours.ts";
import { drawBackground, drawBand, drawFlagged, drawFlags, drawPicked } from "./textures.ts";
import {
  elapsedLabels,
  evenMarks,
  numberMarks,
  numberStep,
  powerMarks,
  timeLabels,
  timeMarks,
  timeStep,
  uncutLabels,
} from "./ticks.ts";
import { dots, type Place, trace, xOf } from "./trace.ts";

export const GUTTER_PX = 64;
export const RIGHT_PX = 12;
const AXIS_PX = 38;
const DOTS_PX = 7;
const UNDER_WAY_US = 1_500_000;
// Whole, dashed, dotted: lines of one colour.
const DASHES_PX = [[], [7, 3], [1.5, 3]];

export interface PlotLine {
  colour: number;
  columns: Columns;
  gapUs: number;
  isStep?: boolean;
  /** Another one is looked at. */
  isFaint?: boolean;
  /** It is the one that is looked at. */
  isPicked?: boolean;
  /** Told apart from lines of the same colour: how many of these came before it. */
  round?: number;
  /** Behind another one of its colour. */
  isPale?: boolean;
}

export interface Shown {
  fromUs: number;
  toUs: number;
  nowUs: number;
  loaded: [number, number] | null;
  low: number;
  high: number;
  unit: string;
  zone: Zone;
  markerA: number | null;
  markerB: number | null;
  lines: PlotLine[];
  /** Stretches, or moments, of which something is noted. */
  flags?: { fromUs: number; toUs: number; text: string }[];
  /** Stretches that hold readings with flags, of all lines. */
  flagged?: { fromUs: number; toUs: number }[];
  /** A moment that was picked to be looked at. */
  pickedUs?: number | null;
  /** Between two values at each time, behind the lines. */
  band?: { tUs: Float64Array; low: Float64Array; high: Float64Array; bucketUs: number; gapUs: number } | null;
  /** Times are counted from a beginning, and no date is told. */
  isElapsed?: boolean;
  /** A plot above another may leave the times to that one. */
  hasNoTimes?: boolean;
  /** The axis counts steps in place of microseconds. */
  isSteps?: boolean;
  /** Values are exponents of ten. */
  isLog?: boolean;
}

export interface CanvasEvents {
  onCursor: (us: number | null) => void;
  /** `isMarked`: with Ctrl held, not to zoom. */
  onSelect: (fromUs: number, toUs: number, isMarked: boolean) => void;
}

/** A reading is not missing while it may still be on its way. */
function isUnderWay(lengthUs: number, toUs: number, nowUs: number): boolean {
  return lengthUs < UNDER_WAY_US && toUs > nowUs - UNDER_WAY_US;
}

/** Times on uPlot's axis count from the start of what is shown, so that a float64 tells single microseconds. */
export class PlotCanvas {
  readonly plot: uPlot;
  private shown: Shown;
  private readonly events: CanvasEvents;
  private isOurs = false;
  private isMarking = false;

  constructor(parent: HTMLElement, width: number, height: number, shown: Shown, events: CanvasEvents) {
    this.shown = shown;
    this.events = events;
    this.plot = new uPlot(
      this.options(width, height),
      [
        [0, 1],
        [null, null],
      ],
      parent,
    );
    this.over.addEventListener("mousedown", (event) => {
      this.isMarking = event.ctrlKey || event.metaKey;
    });
    this.show(shown);
  }

  get over(): HTMLElement {
    return this.plot.over;
  }

  /** Draws anew. */
  show(shown: Shown): void {
    this.shown = shown;
    this.plot.batch(() => {
      this.plot.setScale("x", { min: 0, max: shown.toUs - shown.fromUs });
      this.plot.setScale("y", { min: shown.low, max: shown.high });
      this.plot.redraw(false, true);
    });
  }

  resize(width: number, height: number): void {
    if (width > GUTTER_PX + 40) this.plot.setSize({ width, height });
  }

  /** Puts the cursor at a moment, without telling anybody. */
  pointAt(us: number | null): void {
    this.isOurs = true;
    const left = us === null ? -10 : this.plot.valToPos(us - this.shown.fromUs, "x");
    this.plot.setCursor({ left: left >= 0 && left <= this.over.clientWidth ? left : -10, top: -10 }, false);
    this.isOurs = false;
  }

  timeAt(left: number): number {
    return this.shown.fromUs + this.plot.posToVal(left, "x");
  }

  destroy(): void {
    this.plot.destroy();
  }

  private options(width: number, height: number): uPlot.Options {
    return {
      width,
      height,
      pxAlign: 1,
      padding: [10, RIGHT_PX, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      series: [{}, { scale: "y", points: { show: false }, paths: () => null }],
      axes: [this.timeAxis(), this.valueAxis()],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: { dblclick: () => null },
      },
      hooks: {
        drawClear: [() => this.drawBehind()],
        draw: [() => this.drawLines()],
        setCursor: [() => this.tellCursor()],
        setSelect: [() => this.tellSelection()],
      },
    };
  }

  private timeAxis(): uPlot.Axis {
    return {
      stroke: () => colours().muted,
      grid: { stroke: () => colours().grid, width: 1 },
      ticks: { stroke: () => colours().line, width: 1, size: 5 },
      font: "11px system-ui, sans-serif",
      size: () => (this.shown.hasNoTimes ? 8 : AXIS_PX),
      gap: 3,
      splits: (plot, _axis, min, max) => {
        const { fromUs, zone, isSteps } = this.shown;
        if (isSteps) return this.stepMarks(plot, min, max).map((mark) => mark - fromUs);
        const step = timeStep(max - min, plot.bbox.width / devicePixelRatio);
        return timeMarks(fromUs + min, fromUs + max, step, zone).map((mark) => mark - fromUs);
      },
      values: (plot, splits) => {
        const { fromUs, toUs, zone, hasNoTimes, isElapsed, isSteps } = this.shown;
        if (hasNoTimes) return splits.map(() => "");
        if (isSteps) return splits.map((split) => countText(split + fromUs));
        const widthPx = plot.bbox.width / devicePixelRatio;
        const step = timeStep(toUs - fromUs, widthPx);
        const marks = splits.map((split) => split + fromUs);
        const labels = isElapsed ? elapsedLabels(marks, step) : timeLabels(marks, step, zone);
        const rooms = splits.map((split) => widthPx - plot.valToPos(split, "x") + RIGHT_PX);
        return uncutLabels(labels, rooms);
      },
    };
  }

  private stepMarks(plot: uPlot, min: number, max: number): number[] {
    const { fromUs } = this.shown;
    const step = numberStep(max - min, plot.bbox.width / devicePixelRatio);
    return numberMarks(fromUs + min, fromUs + max, step);
  }

  private valueAxis(): uPlot.Axis {
    return {
      scale: "y",
      stroke: () => colours().muted,
      grid: { stroke: () => colours().grid, width: 1 },
      ticks: { stroke: () => colours().line, width: 1, size: 4 },
      font: "11px system-ui, sans-serif",
      size: GUTTER_PX,
      gap: 4,
      space: 28,
      splits: (_plot, _axis, min, max, increment) =>
        this.shown.isLog ? powerMarks(min, max) : evenMarks(min, max, increment),
      values: (_plot, splits) => {
        if (this.shown.isLog) return splits.map((split) => valueText(10 ** split));
        return markTexts(splits);
      },
    };
  }

  private place(): Place {
    const { left, top, width, height } = this.plot.bbox;
    const { fromUs, toUs, low, high } = this.shown;
    return { fromUs, toUs, left, width, top, height, low, high };
  }

  private drawBehind(): void {
    const place = this.place();
    const gaps = this.shown.lines.map((line) => line.gapUs);
    const leastUs = Math.max(((place.toUs - place.fromUs) / place.width) * 3, ...gaps);
    const found = silences(this.shown.lines, place.fromUs, Math.min(place.toUs, this.shown.nowUs), leastUs);
    const { loaded, nowUs, isSteps } = this.shown;
    const inside =
      loaded && !isSteps
        ? found.filter(
            ([from, to]) => to > loaded[0] && from < loaded[1] && !isUnderWay(to - from, to, nowUs),
          )
        : [];
    drawBackground(this.plot.ctx, place, { silences: inside, loaded, nowUs }, colours());
  }

  private drawLines(): void {
    const context = this.plot.ctx;
    const place = this.place();
    context.save();
    context.beginPath();
    context.rect(place.left, place.top, place.width, place.height);
    context.clip();
    context.lineJoin = "round";
    if (this.shown.band) drawBand(context, place, this.shown.band, colours());
    // Those that stand back lie below the others.
    for (const isFaint of [true, false])
      for (const line of this.shown.lines)
        if (!!line.isFaint === isFaint) this.drawLine(context, line, place);
    drawFlagged(context, place, this.shown.flagged ?? [], colours());
    drawFlags(context, place, this.shown.flags ?? [], colours());
    drawPicked(context, place, this.shown.pickedUs ?? null, colours());
    this.drawMarker(context, place, this.shown.markerA, "A");
    this.drawMarker(context, place, this.shown.markerB, "B");
    context.restore();
    this.drawUnit(context, place);
  }

  private drawLine(context: CanvasRenderingContext2D, line: PlotLine, place: Place): void {
    const theme = colours();
    const colour = line.isFaint
      ? theme.muted
      : (theme.series[line.colour % theme.series.length] ?? theme.ink);
    const path = new Path2D();
    trace(path, line.columns, place, line.gapUs, line.isStep);
    context.globalAlpha = line.isPale ? 0.35 : 1;
    context.strokeStyle = colour;
    context.lineWidth = devicePixelRatio * (line.isPicked ? 2.25 : 1.25);
    context.setLineDash((DASHES_PX[line.round ?? 0] ?? []).map((px) => px * devicePixelRatio));
    context.stroke(path);
    context.setLineDash([]);
    context.fillStyle = colour;
    for (const [x, y] of dots(line.columns, place, DOTS_PX * devicePixelRatio)) {
      const size = 2 * devicePixelRatio;
      context.fillRect(x - size, y - size, 2 * size, 2 * size);
    }
    context.globalAlpha = 1;
  }

  private drawMarker(context: CanvasRenderingContext2D, place: Place, us: number | null, name: string): void {
    if (us === null || us < place.fromUs || us > place.toUs) return;
    const x = Math.round(xOf(place, us)) + 0.5;
    const theme = colours();
    context.strokeStyle = context.fillStyle = theme.ink;
    context.lineWidth = devicePixelRatio;
    context.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    context.beginPath();
    context.moveTo(x, place.top);
    context.lineTo(x, place.top + place.height);
    context.stroke();
    context.setLineDash([]);
    const size = 14 * devicePixelRatio;
    context.fillRect(x, place.top, size, size);
    context.fillStyle = theme.surface;
    context.font = `600 ${10 * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(name, x + size / 2, place.top + size / 2);
  }

  private drawUnit(context: CanvasRenderingContext2D, place: Place): void {
    if (!this.shown.unit) return;
    context.save();
    const theme = colours();
    const [x, y] = [place.left + 6 * devicePixelRatio, place.top + 2 * devicePixelRatio];
    context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign = "left";
    context.textBaseline = "top";
    // A line behind it does not strike it out.
    context.strokeStyle = theme.surface;
    context.lineWidth = 4 * devicePixelRatio;
    context.lineJoin = "round";
    context.strokeText(this.shown.unit, x, y);
    context.fillStyle = theme.muted;
    context.fillText(this.shown.unit, x, y);
    context.restore();
  }

  private tellCursor(): void {
    if (this.isOurs) return;
    const { left } = this.plot.cursor;
    this.events.onCursor(left === undefined || left < 0 ? null : this.timeAt(left));
  }

  private tellSelection(): void {
    const { left, width } = this.plot.select;
    if (width < 3) return;
    this.events.onSelect(this.timeAt(left), this.timeAt(left + width), this.isMarking);
    this.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}
