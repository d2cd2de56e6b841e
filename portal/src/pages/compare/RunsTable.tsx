/** The runs of a comparison: their colours, what their time is counted from, and moving it by hand. */

import { useLocation } from "preact-iso";
import { seriesVariable } from "../../plot/colours.ts";
import { durationText, parseSpan, spanText } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Status, Time } from "../../ui/facts.tsx";
import { Table } from "../../ui/table.tsx";
import type { ComparedRun } from "./comparedRuns.ts";
import { type Comparison, exploreQuery, type Start } from "./compareState.ts";

export function RunsTable(props: {
  comparison: Comparison;
  runs: ComparedRun[];
  keys: string[];
  window: [number, number];
  change: (next: Comparison) => void;
}) {
  const { comparison, runs, change } = props;
  const { route } = useLocation();
  const ordinals = [...new Set(runs.flatMap((each) => each.sessions.map((session) => session.ordinal)))];
  const idsOf = (each: ComparedRun) =>
    each.sensors.filter((sensor) => props.keys.includes(sensor.key)).map((sensor) => sensor.id);
  return (
    <>
      <div class="row filters">
        <label class="row">
          Time is counted from
          <select
            value={String(comparison.start)}
            onChange={(event) => change({ ...comparison, start: startOf(event.currentTarget.value) })}
          >
            <option value="run">the start of each run</option>
            {ordinals
              .sort((one, other) => one - other)
              .map((ordinal) => (
                <option key={ordinal} value={ordinal}>
                  the start of capture session {ordinal}
                </option>
              ))}
          </select>
        </label>
      </div>
      <Table
        label="Runs that are compared"
        rows={runs}
        keyOf={(each) => each.run.id}
        columns={[
          {
            name: "Run",
            cell: (each) => (
              <span class="row" style="flex-wrap: nowrap">
                <span class="swatch" style={{ background: seriesVariable(runs.indexOf(each)) }} />
                <a class="nowrap" href={`/runs/${each.run.id}`}>
                  {each.run.name}
                </a>
              </span>
            ),
          },
          { name: "Status", isExtra: true, cell: (each) => <Status status={each.run.status} /> },
          {
            name: "T0",
            cell: (each) =>
              each.zeroUs === null ? <span class="muted">has not begun</span> : <Time at={each.zeroUs} />,
          },
          {
            name: "Moved by",
            cell: (each) => (
              <Shift
                us={comparison.shiftUs[each.run.id] ?? 0}
                name={each.run.name}
                onShift={(us) =>
                  change({ ...comparison, shiftUs: { ...comparison.shiftUs, [each.run.id]: us } })
                }
              />
            ),
          },
          {
            name: "Baseline",
            cell: (each) => (
              <input
                type="radio"
                name="baseline"
                aria-label={`${each.run.name} is the baseline`}
                checked={(comparison.baseline ?? runs[0]?.run.id) === each.run.id}
                onChange={() => change({ ...comparison, baseline: each.run.id })}
              />
            ),
          },
          {
            name: "",
            cell: (each) => (
              <span class="row" style="flex-wrap: nowrap; gap: 0">
                <Button
                  kind="quiet"
                  refused={each.zeroUs === null ? "The run has not begun." : null}
                  onClick={() =>
                    each.zeroUs !== null &&
                    route(`/explore?${exploreQuery(idsOf(each), each.zeroUs, props.window)}`)
                  }
                >
                  Explore
                </Button>
                <Button
                  kind="quiet"
                  icon="close"
                  label={`Leave ${each.run.name} out`}
                  onClick={() =>
                    change({ ...comparison, runs: comparison.runs.filter((id) => id !== each.run.id) })
                  }
                />
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

/** A length with its sign, such as 2s or -150ms, typed. */
function Shift(props: { us: number; name: string; onShift: (us: number) => void }) {
  const { us } = props;
  const text = us === 0 ? "" : `${us < 0 ? "-" : ""}${spanText(Math.abs(us))}`;
  return (
    <input
      type="text"
      size={8}
      aria-label={`T0 of ${props.name} is moved by`}
      placeholder="0s"
      title={us === 0 ? "Such as 2s or -150ms" : durationText(us)}
      value={text}
      onChange={(event) => {
        const typed = event.currentTarget.value.trim();
        const size = parseSpan(typed.replace(/^[-−+]/, ""));
        if (typed === "") props.onShift(0);
        else if (size !== null) props.onShift(/^[-−]/.test(typed) ? -size : size);
        else event.currentTarget.value = text;
      }}
    />
  );
}

function startOf(value: string): Start {
  return value === "run" ? "run" : Number(value);
}
