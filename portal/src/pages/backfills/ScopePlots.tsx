/** What is stored of the chosen sensors; a drag over it chooses the period of a backfill. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { seriesVariable } from "../../plot/colours.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import type { PlotAction } from "../../plot/keys.ts";
import { fixedRange, type Range } from "../../ranges.ts";
import { nameOf, sensorsById } from "../../sensors.ts";
import { noColumns, usualGap } from "../../series/columns.ts";
import { zone } from "../../settings.ts";
import "../../style/live.css";
import "../../style/plot.css";
import { dataExtent } from "../../series/extent.ts";
import { DAY, HOUR } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import type { View } from "../../view.ts";
import { pictureOf, usePictures } from "../explore/pictures.ts";
import { rangeText } from "../explore/tools/TimePicker.tsx";
import { viewOf } from "../parts/HistoryPlots.tsx";
import { type OpenPeriod, roundPeriod } from "./scope.ts";

const MOST_PLOTS = 4;
const WINDOWS: [string, number][] = [
  ["1 h", HOUR],
  ["1 d", DAY],
  ["7 d", 7 * DAY],
  ["30 d", 30 * DAY],
  ["1 y", 365 * DAY],
];

const A_DAY: Range = { kind: "last", lengthUs: DAY };

export function ScopePlots(props: {
  sensors: string[];
  period: OpenPeriod | null;
  /** What is shown at first; null: what is measured lately. */
  range: Range | null;
  onPeriod: (period: OpenPeriod) => void;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [range, setRange] = useState<Range | null>(null);
  const cursor = useSignal<number | null>(null);
  const lately = useAsked(props.range ? null : `lately ${props.sensors.join()}`, async (signal) => {
    const now = Date.now() * 1000;
    return dataExtent(
      props.sensors.slice(0, MOST_PLOTS),
      { fromUs: now - DAY, toUs: now },
      "physical",
      signal,
    );
  });
  const shown =
    range ?? props.range ?? (lately.data ? fixedRange(lately.data.fromUs, lately.data.toUs) : A_DAY);
  const view: View = viewOf(props.sensors.slice(0, MOST_PLOTS), shown);
  const pictures = usePictures(view, width);
  const { fromUs, toUs } = pictures.period;
  useLayoutEffect(() => {
    setWidth(Math.max(0, (holder.current?.clientWidth ?? 0) - GUTTER_PX - 14));
  }, []);
  const chosen = chosenPart(props.period, fromUs, toUs);
  const choose = (one: number, other: number) => props.onPeriod(roundPeriod(one, other, toUs - fromUs));
  const act = (action: PlotAction, at: number | null) => {
    const [from, to] = chosen ?? [fromUs, toUs];
    if (action.do === "whole" || action.do === "clear") setRange(null);
    else if (action.do === "a" && at !== null) choose(at, to);
    else if (action.do === "b" && at !== null) choose(from, at);
  };
  return (
    <div ref={holder} class="stack" style="gap: 4px">
      <div class="row" style="padding: 8px 12px 0">
        {WINDOWS.map(([name, lengthUs]) => (
          <Button
            key={name}
            isPressed={shown.kind === "last" && shown.lengthUs === lengthUs}
            onClick={() => setRange({ kind: "last", lengthUs })}
          >
            {name}
          </Button>
        ))}
        <span class="muted">{rangeText(shown, pictures.period)}</span>
      </div>
      {pictures.problem && <ProblemNote problem={pictures.problem} again={pictures.again} />}
      {view.sensors.map(({ id }, place) => {
        const picture = pictureOf(pictures, view, id);
        const columns = picture?.columns ?? noColumns();
        const name = nameOf(sensorsById.value.get(id), id);
        const unit = picture?.unit ?? "";
        const line: NamedLine = { id, name, unit, colour: place, columns, gapUs: usualGap(columns) };
        const isLast = place === view.sensors.length - 1;
        return (
          <div key={id}>
            <div class="line-head" style="padding: 0 12px">
              <span class="swatch" style={{ background: seriesVariable(place) }} />
              <span class="cut">{name}</span>
            </div>
            <Figure
              label={name}
              height={isLast ? 170 : 130}
              cursor={cursor}
              lines={[line]}
              limits={null}
              shown={() => ({
                ...pictures.period,
                nowUs: Date.now() * 1000,
                loaded: [fromUs, toUs],
                zone: zone.value,
                markerA: null,
                markerB: null,
                flags: chosen ? [{ fromUs: chosen[0], toUs: chosen[1], text: "Period" }] : [],
                hasNoTimes: !isLast,
              })}
              onRange={(from, to) => setRange(fixedRange(from, to))}
              onSelect={choose}
              onAction={act}
            />
          </div>
        );
      })}
      <p class="muted" style="padding: 0 12px 8px">
        Drag over a plot to choose the period. By the keyboard, A and B put its ends at the cursor.
        {props.sensors.length > MOST_PLOTS && ` The first ${MOST_PLOTS} sensors are shown.`}
      </p>
    </div>
  );
}

/** The part of the period that is in sight; null where there is none, or no period is chosen. */
function chosenPart(period: OpenPeriod | null, fromUs: number, toUs: number): [number, number] | null {
  if (!period || (period.fromUs === null && period.toUs === null)) return null;
  const from = Math.max(period.fromUs ?? fromUs, fromUs);
  const to = Math.min(period.toUs ?? toUs, toUs);
  return from < to ? [from, to] : null;
}
