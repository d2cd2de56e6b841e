/** Runs laid over one another, each counted from its own beginning. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { GUTTER_PX } from "../plot/canvas.ts";
import { Figure, type NamedLine } from "../plot/Figure.tsx";
import { noColumns, usualGap } from "../series/columns.ts";
import { turnTo } from "../session.ts";
import "../style/live.css";
import "../style/plot.css";
import { Button } from "../ui/buttons.tsx";
import { SelectField } from "../ui/fields.tsx";
import { Answered, Empty, ProblemNote } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { type ComparedRun, useMeasured, useRuns } from "./compare/comparedRuns.ts";
import {
  type Comparison,
  MOST_KEYS,
  readComparison,
  sinceZero,
  wholeWindow,
  writeComparison,
} from "./compare/compareState.ts";
import { RunsTable } from "./compare/RunsTable.tsx";
import { Parameters, Statistics } from "./compare/tables.tsx";
import { copy } from "./explore/Tools.tsx";

const HEIGHT_PX = 240;
const FIRST_KEYS = 3;

export default function Compare() {
  const { url, route } = useLocation();
  const comparison = readComparison(url.split("?")[1] ?? "");
  const change = (next: Comparison, isStep = true) => route(`/compare?${writeComparison(next)}`, !isStep);
  const asked = useRuns(comparison);
  const home = asked.data?.[0]?.run.project_id;
  useEffect(() => {
    if (home) turnTo(home);
  }, [home]);
  return (
    <Page
      title="Compare"
      tools={
        <Button kind="quiet" icon="link" onClick={() => copy(location.href, "Link copied")}>
          Copy link
        </Button>
      }
    >
      {comparison.runs.length < 2 ? (
        <Panel>
          <Empty title="Choose two runs or more">
            <p>Mark them in the list of runs, and press Compare.</p>
            <a class="button primary" href="/runs">
              Runs
            </a>
          </Empty>
        </Panel>
      ) : (
        <Answered asked={asked}>
          {(runs) => <Compared comparison={comparison} runs={runs} change={change} />}
        </Answered>
      )}
    </Page>
  );
}

interface ComparedProps {
  comparison: Comparison;
  runs: ComparedRun[];
  change: (next: Comparison, isStep?: boolean) => void;
}

function Compared({ comparison, runs, change }: ComparedProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const cursor = useSignal<number | null>(null);
  const known = keysOf(runs);
  const keys = comparison.keys.length ? comparison.keys : known.slice(0, FIRST_KEYS);
  const whole = wholeWindow(
    runs.map((each) => ({ zeroUs: each.zeroUs, finished_at: each.run.finished_at })),
    Date.now() * 1000,
  );
  const window = comparison.window ?? whole;
  const measured = useMeasured(runs, keys, window, width);
  useLayoutEffect(() => {
    const measure = () =>
      setWidth(Math.max(0, Math.floor((holder.current?.clientWidth ?? 0) - GUTTER_PX - 12)));
    measure();
    const watching = new ResizeObserver(measure);
    if (holder.current) watching.observe(holder.current);
    return () => watching.disconnect();
  }, []);
  const lineOf = (key: string, each: ComparedRun, place: number): NamedLine => {
    const picture = measured.pictures.get(each.run.id)?.get(key);
    const columns = picture && each.zeroUs !== null ? sinceZero(picture.columns, each.zeroUs) : noColumns();
    return {
      id: each.run.id,
      name: each.run.name,
      unit: picture?.unit ?? "",
      colour: place,
      columns,
      gapUs: usualGap(columns),
    };
  };
  const others = known.filter((key) => !keys.includes(key));
  return (
    <>
      <Panel title="Runs" isBare>
        <RunsTable comparison={comparison} runs={runs} change={change} window={window} keys={keys} />
      </Panel>
      {measured.problem && <ProblemNote problem={measured.problem} />}
      <div class="row spread">
        {others.length > 0 && keys.length < MOST_KEYS && (
          <SelectField
            label="Add a sensor"
            value=""
            choices={[["", "Choose…"] as const, ...others.map((key) => [key, key] as const)]}
            onChange={(key) => key && change({ ...comparison, keys: [...keys, key] })}
          />
        )}
        {comparison.window && (
          <Button kind="quiet" icon="home" onClick={() => change({ ...comparison, window: null })}>
            Whole runs
          </Button>
        )}
        {measured.isAsking && <span class="muted">Loading…</span>}
      </div>
      <div ref={holder} class="stack" style="gap: 8px">
        {keys.map((key, at) => (
          <Panel key={key} isBare>
            <div class="line-head">
              <span class="cut grow">{key}</span>
              <Button
                kind="quiet"
                icon="close"
                label={`Leave ${key} out`}
                onClick={() => change({ ...comparison, keys: keys.filter((each) => each !== key) })}
              />
            </div>
            <Figure
              label={key}
              height={HEIGHT_PX}
              cursor={cursor}
              lines={runs.map((each, place) => lineOf(key, each, place))}
              limits={null}
              shown={() => ({
                fromUs: window[0],
                toUs: window[1],
                nowUs: window[1],
                loaded: window,
                zone: "utc",
                isElapsed: true,
                markerA: null,
                markerB: null,
                hasNoTimes: at < keys.length - 1,
              })}
              onRange={(from, to, isDone) =>
                isDone && change({ ...comparison, window: [Math.round(from), Math.round(to)] })
              }
              onAction={(action) => {
                if (action.do === "whole" || action.do === "clear") change({ ...comparison, window: null });
              }}
            />
          </Panel>
        ))}
      </div>
      <Panel title="Statistics of what is shown" isBare>
        <Statistics comparison={comparison} runs={runs} keys={keys} measured={measured} />
      </Panel>
      <Panel title="Parameters" isBare>
        <Parameters runs={runs} />
      </Panel>
    </>
  );
}

/** Keys that most runs have come first. */
function keysOf(runs: ComparedRun[]): string[] {
  const count = new Map<string, number>();
  for (const each of runs)
    for (const sensor of each.sensors) count.set(sensor.key, (count.get(sensor.key) ?? 0) + 1);
  return [...count]
    .sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))
    .map(([key]) => key);
}
