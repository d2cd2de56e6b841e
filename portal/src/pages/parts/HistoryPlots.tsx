/**
 * A few plots of one window within another page, and the way to Explore. Of a sensor without calibration they are of
 * raw values, where these may be seen.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { seriesVariable } from "../../plot/colours.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import { fixedRange, type Range } from "../../ranges.ts";
import { nameOf, sensorsById } from "../../sensors.ts";
import { noColumns, usualGap } from "../../series/columns.ts";
import { refusedRaw } from "../../session.ts";
import { zone } from "../../settings.ts";
import "../../style/live.css";
import "../../style/plot.css";
import { ProblemNote } from "../../ui/notes.tsx";
import { type Layer, readView, type View, withLayer, withSensor, writeView } from "../../view.ts";
import { lacksPhysical, pictureOf, usePictures } from "../explore/pictures.ts";

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
  const [bare, setBare] = useState<readonly string[]>([]);
  const plain = viewOf(props.sensors, range ?? props.range);
  const view: View = {
    ...bare.reduce((shown, id) => withLayer(shown, id, "raw"), plain),
    layer: props.layer ?? "physical",
    asOf: props.asOf ?? null,
  };
  const pictures = usePictures(view, width);
  useLayoutEffect(() => {
    setWidth(Math.max(0, (holder.current?.clientWidth ?? 0) - GUTTER_PX - 14));
  }, []);
  const mayBeRaw = !props.layer && !refusedRaw();
  const lacking = mayBeRaw ? props.sensors.filter((id) => lacksPhysical(view, pictures, id)) : [];
  useEffect(() => {
    if (lacking.length) setBare((last) => [...last, ...lacking]);
  }, [lacking.join()]);
  const isRaw = (id: string) => bare.includes(id) && !!pictureOf(pictures, view, id)?.totals?.count;
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
            {isRaw(line.id) && <span class="muted">raw values: no calibration holds</span>}
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
