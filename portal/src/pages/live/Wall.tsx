/** Live plots for a wall: large, without anything to press; it connects again by itself, for days. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { seriesVariable } from "../../plot/colours.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import { learn, nameOf, sensorsById } from "../../sensors.ts";
import { noColumns, usualGap } from "../../series/columns.ts";
import { zone } from "../../settings.ts";
import { clockText, HOUR, MINUTE, zoneSuffix } from "../../times.ts";
import "../../style/plot.css";
import "../../style/live.css";
import { Badge } from "../../ui/facts.tsx";
import { Answered, Empty } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { readView, type View } from "../../view.ts";
import { queryOf } from "../explore/views/savedViews.ts";
import { Behind, LastOfLine } from "./LiveParts.tsx";
import { behindS, channelOf, type Following, knownToUs, liveNowUs, STALE_S, useLive } from "./liveState.ts";

const HEAD_PX = 62;
/** Lower plots can't be read. */
const LEAST_PX = 80;
const REFRESH_MS = 60_000;

export default function Wall() {
  const { params } = useRoute();
  const [view] = useState(() => readView(location.search));
  return params.id ? <KeptWall id={params.id} /> : <WallPlots view={view} name="Wall" />;
}

/** A kept view. A wall shows what it has, whatever becomes of the next look at it. */
function KeptWall({ id }: { id: string }) {
  const params = { path: { view_id: id } };
  const asked = useAsked(
    id,
    (signal) => ask(api.GET("/api/v1/views/{view_id}", { params, signal })),
    REFRESH_MS,
  );
  if (!asked.data) return <Answered asked={asked}>{() => null}</Answered>;
  const query = queryOf(asked.data) ?? "";
  return <WallPlots key={query} view={readView(query)} name={asked.data.name} />;
}

function WallPlots({ view, name }: { view: View; name: string }) {
  const holder = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [nowMs, setNowMs] = useState(Date.now());
  const cursor = useSignal<number | null>(null);
  const lengthUs = view.range.kind === "last" ? Math.min(view.range.lengthUs, HOUR) : MINUTE;
  const ids = view.sensors.map((pick) => pick.id);
  const picks = view.sensors.map(({ id, layer }) => ({ id, layer: layer ?? view.layer }));
  const live = useLive(picks, lengthUs, size.width, false);
  useEffect(() => {
    document.title = `${name} · Barograph`;
    learn(ids);
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth = 0, clientHeight = 0 } = holder.current ?? {};
      setSize({ width: Math.max(0, clientWidth - GUTTER_PX - 14), height: clientHeight });
    };
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  const edge = () => liveNowUs(live);
  // Nobody scrolls a wall.
  const room = size.height ? Math.max(1, Math.floor(size.height / (LEAST_PX + HEAD_PX))) : ids.length;
  const shown = view.sensors.slice(0, room);
  const heightPx = Math.max(LEAST_PX, Math.floor(size.height / Math.max(shown.length, 1)) - HEAD_PX);
  return (
    <main class="wall">
      <header class="row spread">
        <h1>
          {clockText(nowMs * 1000, zone.value)} {zoneSuffix(nowMs * 1000, zone.value)}
        </h1>
        {ids.length > shown.length && (
          <Badge>
            the first {shown.length} of {ids.length} sensors
          </Badge>
        )}
        {ids.length > 0 && <WallState live={live} />}
      </header>
      <div class="wall-plots" ref={holder}>
        {shown.map((pick, place) => {
          const line = lineOf(live, view, pick.id, place);
          return (
            <section key={pick.id} aria-label={line.name}>
              <div class="line-head">
                <span class="swatch" style={{ background: seriesVariable(place) }} />
                <span class="cut">{line.name}</span>
                <LastOfLine line={line} nowUs={edge()} />
              </div>
              <Figure
                label={line.name}
                height={heightPx}
                cursor={cursor}
                lines={[line]}
                limits={view.yRanges[place] ?? null}
                shown={() => ({
                  fromUs: edge() - lengthUs,
                  toUs: edge(),
                  nowUs: edge(),
                  loaded: [edge() - lengthUs, Math.min(edge(), knownToUs(live))],
                  zone: zone.value,
                  markerA: null,
                  markerB: null,
                  hasNoTimes: place < shown.length - 1,
                })}
                onRange={() => undefined}
                onCanvas={(redraw) => {
                  if (redraw) live.redraws.set(place, redraw);
                  else live.redraws.delete(place);
                }}
              />
            </section>
          );
        })}
        {!ids.length && (
          <Empty title="The address names no sensor">
            <p>Choose sensors in Live, and open the wall from there.</p>
            <a class="button primary" href="/live">
              Live
            </a>
          </Empty>
        )}
      </div>
    </main>
  );
}

function WallState({ live }: { live: Following }) {
  const isBehind = behindS(live) > STALE_S;
  return (
    <span class="row">
      {live.state !== "open" && <Badge tone="bad">{live.why ?? "connecting…"}</Badge>}
      {isBehind && <Behind live={live} />}
      {live.state === "open" && !isBehind && <Badge tone="ok">live</Badge>}
    </span>
  );
}

function lineOf(live: Following, view: View, id: string, place: number): NamedLine {
  const sensor = sensorsById.value.get(id);
  const channel = channelOf(live, id);
  const columns = channel?.columns ?? noColumns();
  const unit = channel?.unit ?? (view.layer === "raw" ? sensor?.input_unit : sensor?.output_unit) ?? "";
  return { id, name: nameOf(sensor, id), unit, colour: place, columns, gapUs: usualGap(columns) };
}
