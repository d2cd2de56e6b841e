/** A few plots of one window within another page, and the way to Explore. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { seriesVariable } from "../../plot/colours.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import { fixedRange, type Range } from "../../ranges.ts";
import { nameOf, sensorsById } from "../../sensors.ts";
import { noColumns, usualGap } from "../../series/columns.ts";
import { zone } from "../../settings.ts";
import "../../style/live.css";
import "../../style/plot.css";
import { ProblemNote } from "../../ui/notes.tsx";
import { type Layer, readView, type View, withSensor, writeView } from "../../view.ts";
import { pictureOf, usePictures } from "../explore/pictures.ts";

export function HistoryPlots(props: {
  sensors: string[];
  range: Range;
  height?: number;
  layer?: Layer;
  asOf?: string;
}) {
  const { route } = useLocation();
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [range, setRange] = useState<Range | null>(null);
  const cursor = useSignal<number | null>(null);
  const view: View = {
    ...viewOf(props.sensors, range ?? props.range),
    layer: props.layer ?? "physical",
    asOf: props.asOf ?? null,
  };
  const pictures = usePictures(view, width);
  useLayoutEffect(() => {
    setWidth(Math.max(0, (holder.current?.clientWidth ?? 0) - GUTTER_PX - 14));
  }, []);
  const lines = props.sensors.map((id, place): NamedLine => {
    const picture = pictureOf(pictures, view, id);
    const columns = picture?.columns ?? noColumns();
    const name = nameOf(sensorsById.value.get(id), id);
    return { id, name, unit: picture?.unit ?? "", colour: place, columns, gapUs: usualGap(columns) };
  });
  return (
    <div ref={holder} class="stack" style="gap: 4px">
      {pictures.problem && <ProblemNote problem={pictures.problem} again={pictures.again} />}
      {lines.map((line, place) => (
        <div key={line.id}>
          <div class="line-head">
            <span class="swatch" style={{ background: seriesVariable(line.colour) }} />
            <a href={`/sensors/${line.id}`} class="cut">
              {line.name}
            </a>
          </div>
          <Figure
            label={line.name}
            height={props.height ?? 150}
            cursor={cursor}
            lines={[line]}
            limits={null}
            shown={() => ({
              ...pictures.period,
              nowUs: Date.now() * 1000,
              loaded: [pictures.period.fromUs, pictures.period.toUs],
              zone: zone.value,
              markerA: null,
              markerB: null,
              hasNoTimes: place < lines.length - 1,
            })}
            onRange={(from, to) => setRange(fixedRange(from, to))}
            onAction={(action) => {
              if (action.do === "whole" || action.do === "clear") setRange(null);
              else route(`/explore?${writeView(view)}`);
            }}
          />
        </div>
      ))}
      <div class="row" style="padding: 0 12px 8px">
        <a href={`/explore?${writeView(view)}`}>Open in Explore</a>
      </div>
    </div>
  );
}

export function viewOf(sensors: string[], range: Range): View {
  return sensors.reduce((view, id) => withSensor(view, id), { ...readView(""), range });
}
