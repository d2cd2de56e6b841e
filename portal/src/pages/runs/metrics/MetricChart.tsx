/** One metric of some runs: a plot, or a table of the same points, and what of it can't be drawn. */

import type { Signal } from "@preact/signals";
import { countText, valueText } from "../../../numbers.ts";
import { roundOf } from "../../../plot/colours.ts";
import { Figure, type NamedLine } from "../../../plot/Figure.tsx";
import { elapsedText } from "../../../plot/ticks.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Empty } from "../../../ui/notes.tsx";
import { Panel } from "../../../ui/Page.tsx";
import { type Column, Table } from "../../../ui/tables/table.tsx";
import type { RunPoints } from "./asked.ts";
import { drawn, leftOutText, type MetricLine, smoothed, tableRows } from "./metricLines.ts";
import type { MetricState } from "./metricState.ts";

const HEIGHT_PX = 220;
const MOST_ROWS = 200;

export interface ChartedRun {
  points: RunPoints;
  /** Null: it has no such metric. */
  line: MetricLine | null;
}

export function MetricChart(props: {
  name: string;
  runs: ChartedRun[];
  state: MetricState;
  window: [number, number];
  cursor: Signal<number | null>;
  onWindow: (window: [number, number] | null) => void;
  onTable: () => void;
  onLeaveOut: () => void;
}) {
  const { name, runs, state, window, onWindow } = props;
  const isSteps = state.by === "step";
  return (
    <Panel isBare>
      <div class="line-head">
        <strong class="cut grow">{name}</strong>
        <Button kind="quiet" icon="close" label={`Leave ${name} out`} onClick={props.onLeaveOut} />
      </div>
      {state.isTable ? (
        <Points {...props} />
      ) : (
        <Figure
          label={name}
          height={HEIGHT_PX}
          cursor={props.cursor}
          lines={runs.flatMap((run, place) => linesOf(run, place, state))}
          limits={null}
          shown={() => ({
            fromUs: window[0],
            toUs: window[1],
            nowUs: window[1],
            loaded: window,
            zone: "utc",
            isElapsed: !isSteps,
            isSteps,
            isLog: state.isLog,
            markerA: null,
            markerB: null,
          })}
          onRange={(from, to, isDone) => isDone && onWindow([from, to > from ? to : from + 1])}
          onAction={(action) => {
            if (action.do === "whole" || action.do === "clear") onWindow(null);
            else if (action.do === "table") props.onTable();
          }}
        />
      )}
      <Remarks name={name} runs={runs} isLog={state.isLog} isSmoothed={state.smoothing > 0} />
    </Panel>
  );
}

function linesOf({ points, line }: ChartedRun, place: number, state: MetricState): NamedLine[] {
  if (!line) return [];
  const made = (id: string, name: string, value: Float64Array, isPale: boolean): NamedLine => ({
    id,
    name,
    unit: "",
    colour: place,
    round: roundOf(place),
    columns: drawn(line, value, state.isLog),
    gapUs: Number.POSITIVE_INFINITY,
    isPale,
  });
  const { id, name } = points.run;
  if (!state.smoothing) return [made(id, name, line.value, false)];
  return [
    made(id, name, line.value, true),
    made(`${id} smoothed`, `${name}, smoothed`, smoothed(line.value, state.smoothing), false),
  ];
}

/** What is not seen, or not as it is, in words. */
function Remarks(props: { name: string; runs: ChartedRun[]; isLog: boolean; isSmoothed: boolean }) {
  const told = props.runs.flatMap(({ points, line }) => {
    const { name } = points.run;
    const columns = points.metrics.get(props.name);
    if (!line || !columns) return [`${name} has not logged it.`];
    const leftOut = leftOutText(line, props.isLog);
    return [
      ...(leftOut ? [`Of ${name}, not drawn: ${leftOut}.`] : []),
      ...(columns.is_sampled
        ? [
            `Of ${countText(columns.points)} points of ${name} the extremes are drawn${props.isSmoothed ? ", and smoothed" : ""}; zoom in for all.`,
          ]
        : []),
    ];
  });
  if (!told.length) return null;
  return (
    <ul class="remarks muted">
      {told.map((each) => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  );
}

function Points(props: { name: string; runs: ChartedRun[]; state: MetricState; window: [number, number] }) {
  const held = props.runs.filter((run) => run.line !== null);
  const rows = tableRows(
    held.map((run) => run.line as MetricLine),
    props.window,
  );
  if (!rows.length) return <Empty title="There is no point here" />;
  const isSteps = props.state.by === "step";
  const columns: Column<(typeof rows)[number]>[] = [
    {
      name: isSteps ? "Step" : "Since the start",
      isNumber: true,
      cell: (row) => (isSteps ? countText(row.at) : elapsedText(row.at, 3)),
    },
    ...held.map(
      ({ points }, place): Column<(typeof rows)[number]> => ({
        name: points.run.name,
        isNumber: true,
        cell: (row) => cellText(row.values[place] ?? null),
      }),
    ),
  ];
  return (
    <>
      <Table
        label={`Points of ${props.name}`}
        rows={rows.slice(0, MOST_ROWS)}
        keyOf={(row) => String(row.at)}
        columns={columns}
      />
      {rows.length > MOST_ROWS && (
        <p class="remarks muted">
          The first {MOST_ROWS} of {countText(rows.length)} rows; the CSV has all of them.
        </p>
      )}
    </>
  );
}

/** A point that is NaN is told from one that is not there. */
function cellText(value: number | null): string {
  if (value === null) return "–";
  return Number.isNaN(value) ? "NaN" : valueText(value);
}
