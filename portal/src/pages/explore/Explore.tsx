/** History: plots of any window of any sensors, from microseconds to years. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import type { PlotAction } from "../../plot/keys.ts";
import { fixedRange, LEAST_US, LONGEST_US } from "../../ranges.ts";
import { learn, nameOf, sensorsById } from "../../sensors.ts";
import { noColumns, usualGap } from "../../series/columns.ts";
import { turnTo } from "../../session.ts";
import { zone } from "../../settings.ts";
import "../../style/plot.css";
import { Button } from "../../ui/buttons.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { MOST_SENSORS, onwards, plotNumbers, type View, withSensor, writeView } from "../../view.ts";
import { AnnotationPanel, flagsOf, useAnnotations } from "./Annotations.tsx";
import { useChanges } from "./changes.ts";
import { KeysDialog, PlotTable } from "./Dialogs.tsx";
import { type Flagged, useFlagged } from "./legend/flagged.ts";
import { Legend, LegendMenu } from "./legend/Legend.tsx";
import { PlotKey } from "./legend/PlotKey.tsx";
import { BeyondNote } from "./notes/BeyondNote.tsx";
import { LinkNote } from "./notes/LinkNote.tsx";
import { MadeNote } from "./notes/MadeNote.tsx";
import { MarkerNote } from "./notes/MarkerNote.tsx";
import { RawHints } from "./notes/RawHints.tsx";
import { Overview } from "./overview/Overview.tsx";
import { layerOf, type Pictures, pictureOf, usePictures, useWhenWhole } from "./pictures.ts";
import { ReadingsDrawer } from "./ReadingsDrawer.tsx";
import { AsOfTool, ExportTools, LayerTools, TimeTools } from "./tools/Tools.tsx";
import { ViewTools } from "./views/SavedViews.tsx";
import { type Step, useView } from "./views/viewState.ts";

const HEIGHT_PX = 240;

export default function Explore() {
  const { view, change: turn, first } = useView("/explore");
  const change = (next: View, step?: Step) => turn(onwards(view, next), step);
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const cursor = useSignal<number | null>(null);
  const [opened, setOpened] = useState<"help" | "table" | "note" | null>(null);
  const [pickedUs, setPicked] = useState<number | null>(null);
  const pictures = usePictures(view, width);
  const known = sensorsById.value;
  const changes = useChanges(view, pictures, width);
  const noted = useAnnotations(view, useWhenWhole(pictures, pictures.period));
  const flagged = useFlagged(view, pictures);
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
  useEffect(() => {
    if (view.zone) zone.value = view.zone;
  }, [view.zone]);
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
    else if (action.do === "readings") setPicked(pickedUs === null ? (atUs ?? middleOf(pictures)) : null);
    else if (action.do === "annotate") setOpened("note");
    else if (action.do === "help" || action.do === "table") setOpened(action.do);
  };
  const mark = (fromUs: number, toUs: number) => {
    change({ ...view, markerA: rounded(fromUs), markerB: rounded(toUs) });
    setOpened("note");
  };
  const linesOf = (number: number) =>
    view.sensors.filter((pick) => pick.plot === number).map((pick) => lines.get(pick.id) as NamedLine);
  const tools = { view, pictures, width, change };
  return (
    <Page
      title="Explore"
      head={<TimeTools {...tools} />}
      tools={
        <>
          <LayerTools {...tools} />
          <AsOfTool {...tools} />
          {!!ids.length && (
            <Button
              kind="quiet"
              icon="table"
              isPressed={pickedUs !== null}
              title="The readings around the cursor, one by one; key R on a plot"
              onClick={() => act({ do: "readings" }, cursor.value)}
            >
              Readings
            </Button>
          )}
          <ViewTools page="/explore" query={() => writeView({ ...view, seen: null })} />
          {!!ids.length && <ExportTools {...tools} />}
        </>
      }
    >
      <div class="row spread">
        {ids.length < MOST_SENSORS ? (
          <SensorPicker chosen={ids} onPick={(sensor) => change(withSensor(view, sensor.id))} />
        ) : (
          <span class="muted">{MOST_SENSORS} sensors are drawn together at most.</span>
        )}
        <MarkerNote view={view} />
        <MadeNote pictures={pictures} changes={changes} />
      </div>
      <BeyondNote query={location.search} />
      <LinkNote view={view} pictures={pictures} />
      <RawHints view={view} pictures={pictures} change={change} />
      {pictures.problem && <ProblemNote problem={pictures.problem} again={pictures.again} />}
      <div class={`with-drawer ${pickedUs !== null && ids.length ? "is-open" : ""}`}>
        <div class="stack" style="gap: 8px">
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
                  lines={linesOf(number)}
                  limits={view.yRanges[number] ?? null}
                  shown={() => ({
                    ...shownOf(view, pictures),
                    flags: flagsOf(noted),
                    flagged: placesOf(flagged, linesOf(number)),
                    pickedUs,
                  })}
                  onRange={toRange}
                  onMark={mark}
                  onPick={(us) => pickedUs !== null && setPicked(us)}
                  onAction={act}
                />
              </Panel>
            ))}
          </div>
          {!!ids.length && (
            <>
              <PlotKey flagged={flagged} />
              <Overview
                view={view}
                pictures={pictures}
                period={pictures.period}
                nowUs={pictures.nowUs}
                width={width}
                onRange={toRange}
              />
              <Panel title="Window" tools={<LegendMenu />} isBare>
                <Legend {...{ view, pictures, lines, flagged, cursor, change }} />
              </Panel>
              <AnnotationPanel
                view={view}
                noted={noted}
                cursor={cursor}
                isNew={opened === "note"}
                onNew={(isNew) => setOpened(isNew ? "note" : null)}
                onShow={(fromUs, toUs) => toRange(fromUs, toUs, true)}
              />
            </>
          )}
        </div>
        {pickedUs !== null && !!ids.length && (
          <ReadingsDrawer
            view={view}
            lines={[...lines.values()]}
            atUs={pickedUs}
            cursor={cursor}
            onPick={setPicked}
            onClose={() => setPicked(null)}
          />
        )}
      </div>
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

function middleOf({ period }: Pictures): number {
  return Math.round((period.fromUs + period.toUs) / 2);
}

/** Where a plot holds flagged readings. */
function placesOf({ places }: Flagged, lines: NamedLine[]) {
  return lines.flatMap((line) => places.get(line.id) ?? []);
}

function rounded(us: number | null): number | null {
  return us === null ? null : Math.round(us);
}
