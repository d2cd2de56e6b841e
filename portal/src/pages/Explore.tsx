/** History: plots of any window of any sensors, from microseconds to years. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { GUTTER_PX } from "../plot/canvas.ts";
import { Figure, type NamedLine } from "../plot/Figure.tsx";
import type { PlotAction } from "../plot/keys.ts";
import { fixedRange, LEAST_US, LONGEST_US } from "../ranges.ts";
import { learn, nameOf, sensorsById } from "../sensors.ts";
import { noColumns, usualGap } from "../series/columns.ts";
import { turnTo } from "../session.ts";
import { zone } from "../settings.ts";
import "../style/plot.css";
import { Empty, ProblemNote } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { SensorPicker } from "../ui/SensorPicker.tsx";
import { plotNumbers, type View, withSensor, writeView } from "../view.ts";
import { AnnotationPanel, flagsOf, useAnnotations } from "./explore/Annotations.tsx";
import { useChanges } from "./explore/changes.ts";
import { KeysDialog, PlotTable } from "./explore/Dialogs.tsx";
import { Legend, MarkerNote } from "./explore/Legend.tsx";
import { layerOf, type Pictures, pictureOf, usePictures } from "./explore/pictures.ts";
import { RawHints } from "./explore/RawHints.tsx";
import { ViewTools } from "./explore/SavedViews.tsx";
import { AsOfTool, ExportTools, LayerTools, TimeTools } from "./explore/Tools.tsx";
import { useView } from "./explore/viewState.ts";

const HEIGHT_PX = 240;

export default function Explore() {
  const { view, change, first } = useView("/explore");
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const cursor = useSignal<number | null>(null);
  const [opened, setOpened] = useState<"help" | "table" | null>(null);
  const pictures = usePictures(view, width);
  const known = sensorsById.value;
  const changes = useChanges(view, pictures, width);
  const noted = useAnnotations(view, pictures.period);
  const lines = new Map(view.sensors.map((pick, place) => [pick.id, lineOf(view, pictures, pick.id, place)]));
  useLayoutEffect(() => {
    const measure = () =>
      setWidth(Math.max(0, Math.floor((holder.current?.clientWidth ?? 0) - GUTTER_PX - 12)));
    measure();
    const watching = new ResizeObserver(measure);
    if (holder.current) watching.observe(holder.current);
    return () => watching.disconnect();
  }, []);
  const ids = view.sensors.map((pick) => pick.id);
  useEffect(() => {
    learn(ids);
  }, [ids.join()]);
  useEffect(() => {
    const home = ids.map((id) => known.get(id)?.project_id).find(Boolean);
    if (home) turnTo(home);
  }, [known]);
  const toRange = (fromUs: number, toUs: number, isDone: boolean) => {
    const length = Math.min(Math.max(toUs - fromUs, LEAST_US), LONGEST_US);
    const from = toUs - fromUs === length ? fromUs : (fromUs + toUs - length) / 2;
    const range = fixedRange(from, from + length);
    const isSame = view.range.kind === "last" && isDone && fromUs === pictures.period.fromUs;
    change(isSame ? view : { ...view, range }, isDone ? "done" : "moving");
  };
  const act = (action: PlotAction, atUs: number | null) => {
    if (action.do === "whole") change({ ...view, range: first.range });
    else if (action.do === "live")
      change({ ...view, range: { kind: "last", lengthUs: pictures.period.toUs - pictures.period.fromUs } });
    else if (action.do === "a") change({ ...view, markerA: rounded(atUs) });
    else if (action.do === "b") change({ ...view, markerB: rounded(atUs) });
    else if (action.do === "clear") change({ ...view, markerA: null, markerB: null });
    else if (action.do === "help" || action.do === "table") setOpened(action.do);
  };
  const tools = { view, pictures, width, change };
  return (
    <Page
      title="Explore"
      head={<TimeTools {...tools} />}
      tools={
        <>
          <LayerTools {...tools} />
          <AsOfTool {...tools} />
          <ViewTools page="/explore" query={() => writeView(view)} />
          {!!ids.length && <ExportTools {...tools} />}
        </>
      }
    >
      <div class="row spread">
        <SensorPicker chosen={ids} onPick={(sensor) => change(withSensor(view, sensor.id))} />
        <MarkerNote view={view} />
        <MadeNote pictures={pictures} changes={changes} />
      </div>
      <RawHints view={view} pictures={pictures} change={change} />
      {pictures.problem && <ProblemNote problem={pictures.problem} again={pictures.again} />}
      <div ref={holder} class="stack" style="gap: 8px">
        {!ids.length && (
          <Panel>
            <Empty title="Choose what to look at">
              <p>Add a sensor above. Drag over a plot to zoom, press ? on it for its keys.</p>
            </Empty>
          </Panel>
        )}
        {plotNumbers(view).map((number) => (
          <Panel key={number} isBare>
            <Figure
              label={`Plot ${number + 1}`}
              height={HEIGHT_PX}
              cursor={cursor}
              lines={view.sensors
                .filter((pick) => pick.plot === number)
                .map((pick) => lines.get(pick.id) as NamedLine)}
              limits={view.yRanges[number] ?? null}
              shown={() => ({ ...shownOf(view, pictures), flags: flagsOf(noted) })}
              onRange={toRange}
              onAction={act}
            />
          </Panel>
        ))}
      </div>
      {!!ids.length && (
        <Panel isBare>
          <Legend view={view} pictures={pictures} lines={lines} cursor={cursor} change={change} />
        </Panel>
      )}
      {!!ids.length && (
        <AnnotationPanel
          view={view}
          noted={noted}
          cursor={cursor}
          onShow={(fromUs, toUs) => toRange(fromUs, toUs, true)}
        />
      )}
      {opened === "help" && <KeysDialog onClose={() => setOpened(null)} />}
      {opened === "table" && (
        <PlotTable lines={[...lines.values()]} {...pictures.period} onClose={() => setOpened(null)} />
      )}
    </Page>
  );
}

function lineOf(view: View, pictures: Pictures, id: string, place: number): NamedLine {
  const sensor = sensorsById.value.get(id);
  const picture = pictureOf(pictures, view, id);
  const columns = picture?.columns ?? noColumns();
  const unit =
    picture?.unit ?? (layerOf(view, id) === "raw" ? sensor?.input_unit : sensor?.output_unit) ?? "";
  const name = sensor === null ? `${id.slice(0, 8)}… (not there)` : nameOf(sensor, id);
  return { id, name, unit, colour: place, columns, gapUs: usualGap(columns) };
}

function shownOf(view: View, pictures: Pictures) {
  const loaded = [...pictures.byLayer.values()].map((picture) => [picture.fromUs, picture.toUs] as const);
  return {
    ...pictures.period,
    nowUs: Date.now() * 1000,
    loaded: loaded.length
      ? ([Math.max(...loaded.map((each) => each[0])), Math.min(...loaded.map((each) => each[1]))] as [
          number,
          number,
        ])
      : null,
    zone: zone.value,
    markerA: view.markerA,
    markerB: view.markerB,
  };
}

/** What made the picture: the bucket, the roll-ups, and what can't be finer. */
function MadeNote({ pictures, changes }: { pictures: Pictures; changes: number }) {
  const picture = [...pictures.byLayer.values()][0];
  if (!picture) return null;
  const facts = [
    changes > 0 && "readings of this window have changed",
    `bucket ${picture.bucket}`,
    picture.tier === "raw" ? "from readings" : `from ${picture.tier} roll-ups`,
    picture.coarsenedFrom && `coarser than ${picture.coarsenedFrom}`,
    picture.roundedTo && `rounded to ${picture.roundedTo}`,
    picture.rawFrom && `readings kept from ${picture.rawFrom}`,
    picture.gaps.length > 0 && `frames of ${picture.gaps.map((gap) => gap.producer).join(", ")} are missing`,
  ];
  return (
    <span class="muted" aria-live="off">
      {pictures.isAsking ? "Loading… " : ""}
      {facts.filter(Boolean).join(" · ")}
    </span>
  );
}

function rounded(us: number | null): number | null {
  return us === null ? null : Math.round(us);
}
