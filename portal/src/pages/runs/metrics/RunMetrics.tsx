/** What a run has logged: its metrics by step or by time, beside those of other runs, drawn and in numbers. */

import { useSignal } from "@preact/signals";
import { useLocation } from "preact-iso";
import type { Run } from "../../../api/types.ts";
import { parseTime } from "../../../times.ts";
import { Button, Segments } from "../../../ui/buttons.tsx";
import { CheckField, SelectField } from "../../../ui/forms/fields.tsx";
import { Answered, Empty, ProblemNote, Waiting } from "../../../ui/notes.tsx";
import { Panel } from "../../../ui/Page.tsx";
import { saveAs } from "../../explore/exports/downloads.ts";
import { type MetricSummary, type RunPoints, usePoints, useSummary } from "./asked.ts";
import { type ChartedRun, MetricChart } from "./MetricChart.tsx";
import { MetricNames } from "./MetricNames.tsx";
import { csvOf } from "./metricCsv.ts";
import { extentOf, lineOf } from "./metricLines.ts";
import {
  type MetricState,
  MOST_CHARTS,
  readMetricState,
  SMOOTHINGS,
  writeMetricState,
} from "./metricState.ts";
import { OverRuns } from "./OverRuns.tsx";
import "../../../style/plot.css";
import "../../../style/metrics.css";

const FIRST_NAMES = 3;

export function RunMetrics({ run }: { run: Run }) {
  const summary = useSummary(run);
  return (
    <Answered asked={summary}>
      {(metrics) => (metrics.length ? <Known run={run} metrics={metrics} /> : <Nothing run={run} />)}
    </Answered>
  );
}

function Nothing({ run }: { run: Run }) {
  return (
    <Panel>
      <Empty title="The run has logged no metric yet">
        <p>Scripts log numbers by name and step; they are drawn here as they come.</p>
        <pre class="snippet">{`barograph metric log ${run.id} loss 1 0.25`}</pre>
      </Empty>
    </Panel>
  );
}

function Known({ run, metrics }: { run: Run; metrics: MetricSummary[] }) {
  const { url, route } = useLocation();
  const state = readMetricState(url.split("?")[1] ?? "");
  const change = (next: Partial<MetricState>) =>
    route(`/runs/${run.id}?${writeMetricState({ ...state, ...next })}`, true);
  const names = state.names.length ? state.names : metrics.slice(0, FIRST_NAMES).map((each) => each.name);
  const steps = state.by === "step" ? state.window : null;
  const asked = usePoints(run, state.over, names, steps);
  return (
    <>
      <Panel title="Metrics in short" isBare>
        <MetricNames
          metrics={metrics}
          shown={names}
          onShown={(shown) => change({ names: shown.slice(0, MOST_CHARTS) })}
        />
      </Panel>
      {asked.problem && <ProblemNote problem={asked.problem} again={asked.again} />}
      {asked.data ? (
        <Charts
          run={run}
          names={names}
          points={asked.data.runs}
          missing={asked.data.missing}
          state={state}
          change={change}
        />
      ) : (
        !asked.problem && <Waiting />
      )}
    </>
  );
}

function Charts(props: {
  run: Run;
  names: string[];
  points: RunPoints[];
  missing: string[];
  state: MetricState;
  change: (next: Partial<MetricState>) => void;
}) {
  const { run, names, points, state, change } = props;
  const cursor = useSignal<number | null>(null);
  const charts = names.map((name) => ({ name, runs: points.map((each) => chartedRun(each, name, state)) }));
  const lines = charts.flatMap((chart) => chart.runs.flatMap((each) => each.line ?? []));
  const window = state.window ?? extentOf(lines) ?? [0, 1];
  const download = () => {
    const seen = charts.flatMap(({ name, runs }) =>
      runs.flatMap(({ points: of, line }) =>
        line ? [{ run: of.run.name, runId: of.run.id, name, line }] : [],
      ),
    );
    saveAs(new Blob([csvOf(seen, window)], { type: "text/csv" }), `metrics-${run.name}.csv`);
  };
  const ids = points.map((each) => each.run.id);
  return (
    <>
      <div class="metric-tools row">
        <Segments
          label="Metrics are drawn by"
          value={state.by}
          choices={[
            ["step", "By step"],
            ["time", "By time"],
          ]}
          onChange={(by) => change({ by, window: null })}
        />
        <SelectField
          label="Smoothing"
          value={String(state.smoothing)}
          choices={SMOOTHINGS.map((each) => [String(each), each ? String(each) : "none"] as const)}
          onChange={(each) => change({ smoothing: Number(each) })}
        />
        <CheckField label="Log scale" value={state.isLog} onChange={(isLog) => change({ isLog })} />
        <Button icon="table" isPressed={state.isTable} onClick={() => change({ isTable: !state.isTable })}>
          Table
        </Button>
        <Button icon="download" onClick={download}>
          CSV
        </Button>
        {state.window && (
          <Button kind="quiet" icon="home" onClick={() => change({ window: null })}>
            All of it
          </Button>
        )}
        {ids.length > 1 && <a href={compareAddress(ids, names, state)}>Compare them</a>}
      </div>
      <OverRuns
        run={run}
        runs={points.map((each) => each.run)}
        over={state.over}
        missing={props.missing}
        onOver={(over) => change({ over })}
      />
      <div class="metric-charts">
        {charts.map(({ name, runs }) => (
          <MetricChart
            key={name}
            name={name}
            runs={runs}
            state={state}
            window={window}
            cursor={cursor}
            onWindow={(next) => change({ window: next })}
            onTable={() => change({ isTable: true })}
            onLeaveOut={() => change({ names: names.filter((each) => each !== name) })}
          />
        ))}
      </div>
    </>
  );
}

function chartedRun(points: RunPoints, name: string, state: MetricState): ChartedRun {
  const columns = points.metrics.get(name);
  const startUs = parseTime(points.run.started_at ?? "");
  return { points, line: columns?.step.length ? lineOf(columns, state.by, startUs) : null };
}

function compareAddress(ids: string[], names: string[], state: MetricState): string {
  const keys = names.map((name) => `s=${encodeURIComponent(name)}`);
  return `/compare?${[`runs=${ids.join(",")}`, "of=metrics", ...keys, ...(state.by === "time" ? ["by=time"] : [])].join("&")}`;
}
