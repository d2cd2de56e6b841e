/** The names of a run's metrics in short, found by search: what is ticked is drawn. */

import { useState } from "preact/hooks";
import { countText, valueText } from "../../../numbers.ts";
import { TextField } from "../../../ui/forms/fields.tsx";
import { Empty } from "../../../ui/notes.tsx";
import { type Column, Table } from "../../../ui/tables/table.tsx";
import { toast } from "../../../ui/toasts.tsx";
import type { MetricSummary } from "./asked.ts";
import { numberOf } from "./metricLines.ts";
import { MOST_CHARTS } from "./metricState.ts";

const MOST_ROWS = 50;
const SEARCHED_FROM = 8;

export function MetricNames(props: {
  metrics: MetricSummary[];
  shown: string[];
  onShown: (names: string[]) => void;
}) {
  const { metrics, shown, onShown } = props;
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = metrics.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const turn = (name: string, isShown: boolean) => {
    if (isShown && shown.length >= MOST_CHARTS) {
      toast(`At most ${MOST_CHARTS} metrics are drawn at once: leave one out first`, "warn");
      return;
    }
    onShown(isShown ? [...shown, name] : shown.filter((each) => each !== name));
  };
  return (
    <>
      {metrics.length > SEARCHED_FROM && (
        <div class="filters">
          <TextField
            label={`Search ${countText(metrics.length)} metrics`}
            type="search"
            value={text}
            onInput={setText}
          />
        </div>
      )}
      {found.length ? (
        <Table
          label="Metrics in short"
          rows={found.slice(0, MOST_ROWS)}
          keyOf={(row) => row.name}
          columns={columnsOf(shown, turn)}
        />
      ) : (
        <Empty title="No metric is called so" />
      )}
      {found.length > MOST_ROWS && (
        <p class="remarks muted">
          {countText(found.length - MOST_ROWS)} more: search for them by their names.
        </p>
      )}
    </>
  );
}

function columnsOf(shown: string[], turn: (name: string, isShown: boolean) => void): Column<MetricSummary>[] {
  return [
    {
      name: "Metric",
      cell: (row) => (
        <label class="row nowrap-row">
          <input
            type="checkbox"
            checked={shown.includes(row.name)}
            onChange={(event) => {
              const { checked } = event.currentTarget;
              turn(row.name, checked);
              event.currentTarget.checked =
                checked && (shown.includes(row.name) || shown.length < MOST_CHARTS);
            }}
          />
          {row.name}
        </label>
      ),
    },
    { name: "First", isNumber: true, isExtra: true, cell: (row) => told(row.first, row.first_step) },
    { name: "Last", isNumber: true, cell: (row) => told(row.last, row.last_step) },
    { name: "Min", isNumber: true, cell: (row) => told(row.min, row.min_step) },
    { name: "Max", isNumber: true, cell: (row) => told(row.max, row.max_step) },
    { name: "Mean", isNumber: true, isExtra: true, cell: (row) => told(row.mean, null) },
    { name: "Points", isNumber: true, isExtra: true, cell: (row) => countText(row.count) },
    {
      name: "NaN",
      isNumber: true,
      isExtra: true,
      cell: (row) => (row.nan_count ? <strong>{countText(row.nan_count)}</strong> : "–"),
    },
  ];
}

function told(value: number | string | null, step: number | null) {
  if (value === null) return "–";
  const number = numberOf(value);
  return (
    <>
      {Number.isNaN(number) ? "NaN" : valueText(number)}
      {step !== null && <span class="muted"> @ {countText(step)}</span>}
    </>
  );
}
