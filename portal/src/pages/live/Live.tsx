/** What is measured now: plots that move, the sensors beside them, and what is captured. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import type { PlotAction } from "../../plot/keys.ts";
import { fixedRange } from "../../ranges.ts";
import { findSensorPage, learn, nameOf, sensorsById } from "../../sensors.ts";
import { type Columns, copyOf, noColumns, usualGap } from "../../series/columns.ts";
import { projectId, turnTo } from "../../session.ts";
import { zone } from "../../settings.ts";
import { MINUTE, SECOND } from "../../times.ts";
import "../../style/plot.css";
import "../../style/live.css";
import type { ListedSensor } from "../../api/types.ts";
import { Button, RoleLink, Segments } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { type View, withoutSensor, withSensor, writeView } from "../../view.ts";
import { KeysDialog, PlotTable } from "../explore/Dialogs.tsx";
import { ViewTools } from "../explore/views/SavedViews.tsx";
import { useView } from "../explore/views/viewState.ts";
import { CaptureStrip } from "./CaptureStrip.tsx";
import { LineHead, LiveBadges } from "./LiveParts.tsx";
import { channelOf, type Following, knownToUs, liveNowUs, useLive } from "./liveState.ts";
import { DRAGGED_SENSOR, SensorList } from "./SensorList.tsx";

const WINDOWS: [string, string][] = [
  [String(5 * SECOND), "5 s"],
  [String(15 * SECOND), "15 s"],
  [String(MINUTE), "1 min"],
  [String(5 * MINUTE), "5 min"],
  [String(15 * MINUTE), "15 min"],
  [String(60 * MINUTE), "1 h"],
];
const FIRST_SENSORS = 4;
const LIST_REFRESH_MS = 5000;
/** What times add to a plot. */
const TIMES_PX = 30;
/** A plot's head and borders, and what lies between two. */
const AROUND_PX = 40;
/** Lower ones can't be read. */
const LEAST_PX = 84;
/** Where not all fit. */
const SCROLLED_PX = 120;
/** More are found by typing. */
const LISTED_SENSORS = 200;

export default function Live() {
  const { view, change } = useView("/live");
  const { route } = useLocation();
  const project = projectId.value;
  const isChosen = view.sensors.length > 0;
  const newest = useAsked(isChosen ? null : project, (signal) =>
    findSensorPage(project ?? "", "", signal, { sort: "-last_seen_at", limit: FIRST_SENSORS }),
  );
  const [text, setText] = useState("");
  const [isAll, setAll] = useState(true);
  useEffect(() => setText(""), [project]);
  // Where all are here already, what is typed needs no other question.
  const sought = isAll ? "" : text.trim();
  const list = useAsked(
    project && `${project} ${sought}`,
    (signal) => findSensorPage(project ?? "", sought, signal, { limit: LISTED_SENSORS }),
    LIST_REFRESH_MS,
    true,
  );
  useEffect(() => {
    if (list.data && !sought) setAll(!list.data.next_cursor);
  }, [list.data, sought]);
  useEffect(() => {
    // What was answered may be of the project that was looked at before.
    if (isChosen || newest.data?.items[0]?.project_id !== project) return;
    // In the order of the list beside them.
    const first = newest.data.items.toSorted((one, other) => one.key.localeCompare(other.key));
    const filled = first.reduce((last, sensor) => withSensor(last, sensor.id), view);
    route(`/live?${writeView({ ...filled, range: { kind: "last", lengthUs: MINUTE } })}`, true);
  }, [isChosen, newest.data]);
  const ids = view.sensors.map((pick) => pick.id);
  const home = ids.map((id) => sensorsById.value.get(id)?.project_id).find(Boolean);
  useEffect(() => {
    learn(ids);
  }, [ids.join()]);
  useEffect(() => {
    if (home) turnTo(home);
  }, [home]);
  if (list.data && !list.data.items.length && !text) return <NothingYet />;
  return (
    <LivePlots
      view={withRaw(view, [...(list.data?.items ?? []), ...(newest.data?.items ?? [])])}
      change={change}
      onAdd={(id) => change(withSensor(view, id))}
      list={
        <SensorList
          asked={list}
          text={text}
          onText={setText}
          isAll={isAll}
          chosen={ids}
          onToggle={(sensor) =>
            change(ids.includes(sensor.id) ? withoutSensor(view, sensor.id) : withSensor(view, sensor.id))
          }
        />
      }
    />
  );
}

function NothingYet() {
  return (
    <Page title="Live">
      <Panel>
        <Empty title="Nothing is measured yet">
          <p>This project has no sensors.</p>
          <RoleLink least="editor" kind="primary" href="/gateways/connect">
            Connect a gateway
          </RoleLink>
        </Empty>
      </Panel>
    </Page>
  );
}

function LivePlots({
  view,
  change,
  onAdd,
  list,
}: {
  view: View;
  change: (view: View) => void;
  onAdd: (id: string) => void;
  list: ComponentChildren;
}) {
  const { route } = useLocation();
  const holder = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [paused, setPaused] = useState<PausedView | null>(null);
  const [opened, setOpened] = useState<"help" | "table" | null>(null);
  const cursor = useSignal<number | null>(null);
  const lengthUs = view.range.kind === "last" ? Math.min(view.range.lengthUs, 60 * MINUTE) : MINUTE;
  const picks = view.sensors.map(({ id, layer }) => ({ id, layer: layer ?? view.layer }));
  const live = useLive(picks, lengthUs, size.width, paused !== null);
  useTick(1000);
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth = 0, clientHeight = 0 } = holder.current ?? {};
      // On a narrow page the plots don't fill the window: they are as high as they are.
      const height = matchMedia("(max-width: 700px)").matches ? 0 : clientHeight;
      setSize({ width: Math.max(0, clientWidth - GUTTER_PX - 14), height });
    };
    measure();
    const watching = new ResizeObserver(measure);
    if (holder.current) watching.observe(holder.current);
    return () => watching.disconnect();
  }, []);
  const edge = () => paused?.atUs ?? liveNowUs(live);
  const shown = () => ({
    fromUs: edge() - lengthUs,
    toUs: edge(),
    nowUs: edge(),
    loaded: [edge() - lengthUs, Math.min(edge(), knownToUs(live))] as [number, number],
    zone: zone.value,
    markerA: view.markerA,
    markerB: view.markerB,
  });
  const pause = () => setPaused(paused ? null : pausedView(live, view));
  const act = (action: PlotAction, atUs: number | null) => {
    if (action.do === "help" || action.do === "table") setOpened(action.do);
    else if (action.do === "a") change({ ...view, markerA: atUs && Math.round(atUs) });
    else if (action.do === "b") change({ ...view, markerB: atUs && Math.round(atUs) });
    else if (action.do === "clear") change({ ...view, markerA: null, markerB: null });
    else if (action.do === "live" || action.do === "whole") setPaused(null);
  };
  const explore = (fromUs: number, toUs: number, isDone: boolean) => {
    if (isDone && toUs - fromUs !== lengthUs)
      route(`/explore?${writeView({ ...view, range: fixedRange(fromUs, toUs) })}`);
  };
  const lines = view.sensors.map((pick, place) => lineOf(live, paused, pick.id, place));
  const { plotPx, isEachTimed } = heightsOf(size.height, lines.length);
  const isTimed = (place: number) => isEachTimed || place === lines.length - 1;
  return (
    <Page
      title="Live"
      isFull
      head={
        <Segments
          label="Window"
          value={String(lengthUs)}
          choices={WINDOWS}
          onChange={(choice) => change({ ...view, range: { kind: "last", lengthUs: Number(choice) } })}
        />
      }
      tools={
        <>
          <LiveBadges live={live} isPaused={paused !== null} />
          <ViewTools page="/live" query={() => writeView(view)} />
          <Button
            icon={paused ? "play" : "pause"}
            isPressed={paused !== null}
            title="The plots stand still; what is measured meanwhile is kept"
            onClick={pause}
          >
            {paused ? "Go on" : "Pause"}
          </Button>
          <a
            class="button"
            href={`/explore?${writeView({ ...view, range: fixedRange(edge() - lengthUs, edge()) })}`}
          >
            Explore
          </a>
          <a class="button" href={`/wall?${writeView(view)}`} target="_blank" rel="noopener">
            Wall
          </a>
        </>
      }
    >
      <div class="live">
        {list}
        <div class="live-plots" ref={holder} {...takesSensors(onAdd)}>
          {lines.map((line, place) => (
            <Panel key={line.id} isBare>
              <LineHead
                line={line}
                error={channelOf(live, line.id)?.error ?? null}
                isRaw={picks[place]?.layer === "raw"}
                nowUs={edge()}
              />
              <Figure
                label={line.name}
                height={plotPx + (isTimed(place) ? TIMES_PX : 0)}
                cursor={cursor}
                lines={[line]}
                limits={view.yRanges[place] ?? null}
                shown={() => ({ ...shown(), hasNoTimes: !isTimed(place) })}
                onRange={explore}
                onAction={act}
                onCanvas={(redraw) => {
                  if (redraw) live.redraws.set(place, redraw);
                  else live.redraws.delete(place);
                }}
              />
            </Panel>
          ))}
        </div>
      </div>
      <CaptureStrip />
      {opened === "help" && <KeysDialog onClose={() => setOpened(null)} />}
      {opened === "table" && <PlotTable lines={lines} {...shown()} onClose={() => setOpened(null)} />}
    </Page>
  );
}

/** Where a sensor of the list may be dropped. */
function takesSensors(onAdd: (id: string) => void) {
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer?.types.includes(DRAGGED_SENSOR)) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const id = event.dataTransfer?.getData(DRAGGED_SENSOR);
      if (!id) return;
      event.preventDefault();
      onAdd(id);
    },
  };
}

/** What was shown when the plots were made to stand still: the picture itself goes on. */
interface PausedView {
  atUs: number;
  columns: Map<string, Columns>;
}

function pausedView(live: Following, view: View): PausedView {
  const held = view.sensors.map(
    ({ id }) => [id, copyOf(channelOf(live, id)?.columns ?? noColumns())] as const,
  );
  return { atUs: liveNowUs(live), columns: new Map(held) };
}

function lineOf(live: Following, paused: PausedView | null, id: string, place: number): NamedLine {
  const sensor = sensorsById.value.get(id);
  const channel = channelOf(live, id);
  const columns = paused?.columns.get(id) ?? channel?.columns ?? noColumns();
  const unit = channel?.unit ?? sensor?.output_unit ?? "";
  return { id, name: nameOf(sensor, id), unit, colour: place, columns, gapUs: usualGap(columns) };
}

/** A sensor without calibration has raw values only: these are shown, where the caller may see them. */
function withRaw(view: View, listed: ListedSensor[]): View {
  if (view.layer === "raw") return view;
  const isRaw = ({ latest }: ListedSensor) => latest?.physical === null && latest.raw !== undefined;
  const raw = new Set(listed.filter(isRaw).map((sensor) => sensor.id));
  const sensors = view.sensors.map((pick) =>
    pick.layer === null && raw.has(pick.id) ? { ...pick, layer: "raw" as const } : pick,
  );
  return { ...view, sensors };
}

/**
 * As many as there are fill the page, with the times below the last one. Where that would leave them too low to read,
 * the page is scrolled, and each has its own times.
 */
function heightsOf(heightPx: number, plots: number): { plotPx: number; isEachTimed: boolean } {
  const room = Math.floor((heightPx - TIMES_PX) / Math.max(plots, 1) - AROUND_PX);
  const isEachTimed = room < LEAST_PX;
  return { plotPx: isEachTimed ? SCROLLED_PX : Math.min(room, 420), isEachTimed };
}

function useTick(ms: number): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((last) => last + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
}
