/** What a comparison says in numbers: statistics by sensor and run, parameters side by side. */

import { countText, valueText } from "../../numbers.ts";
import { seriesVariable } from "../../plot/colours.ts";
import type { SensorPicture } from "../../series/answers.ts";
import { Empty } from "../../ui/notes.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import type { ComparedRun, Measured } from "./comparedRuns.ts";
import { type Comparison, type ParameterRow, parametersOf } from "./compareState.ts";

interface StatisticsRow {
  key: string;
  place: number;
  run: ComparedRun;
  picture: SensorPicture | null;
  base: SensorPicture | null;
}

export function Statistics(props: {
  comparison: Comparison;
  runs: ComparedRun[];
  keys: string[];
  measured: Measured;
}) {
  const { runs, measured } = props;
  const baseline = props.comparison.baseline ?? runs[0]?.run.id ?? "";
  const pictureOf = (run: string, key: string) => measured.pictures.get(run)?.get(key) ?? null;
  const rows: StatisticsRow[] = props.keys.flatMap((key) =>
    runs.map((run, place) => ({
      key,
      place,
      run,
      picture: pictureOf(run.run.id, key),
      base: run.run.id === baseline ? null : pictureOf(baseline, key),
    })),
  );
  const total = (name: "min" | "mean" | "max" | "stddev") => (row: StatisticsRow) =>
    valueText(row.picture?.totals?.[name]);
  return (
    <Table
      label="Statistics of what is shown"
      rows={rows}
      keyOf={(row) => `${row.key} ${row.run.run.id}`}
      columns={[
        { name: "Sensor", cell: (row) => row.key },
        {
          name: "Run",
          cell: (row) => (
            <span class="row" style="flex-wrap: nowrap">
              <span class="swatch" style={{ background: seriesVariable(row.place) }} />
              {row.run.run.name}
            </span>
          ),
        },
        { name: "Min", isNumber: true, cell: total("min") },
        { name: "Mean", isNumber: true, cell: total("mean") },
        { name: "Max", isNumber: true, cell: total("max") },
        { name: "σ", isNumber: true, isExtra: true, cell: total("stddev") },
        { name: "Mean − baseline", isNumber: true, cell: difference },
        {
          name: "Readings",
          isNumber: true,
          isExtra: true,
          cell: (row) => countText(row.picture?.totals?.count ?? 0),
        },
        { name: "Unit", isExtra: true, cell: (row) => row.picture?.unit ?? "" },
      ]}
    />
  );
}

/** Values of unlike units have no difference. */
function difference(row: StatisticsRow): string {
  const { picture, base } = row;
  if (!picture || !base || picture.unit !== base.unit) return "–";
  const mean = picture.totals?.mean;
  const other = base.totals?.mean;
  return mean == null || other == null ? "–" : valueText(mean - other);
}

export function Parameters({ runs }: { runs: ComparedRun[] }) {
  const rows = parametersOf(runs.map((each) => each.run));
  if (!rows.length) return <Empty title="These runs have no parameters" />;
  const ofRun = (each: ComparedRun, place: number): Column<ParameterRow> => ({
    name: each.run.name,
    cell: (row) => <code>{row.values[place]}</code>,
  });
  return (
    <Table
      label="Parameters"
      rows={rows}
      keyOf={(row) => row.name}
      columns={[
        {
          name: "Parameter",
          cell: (row) => (row.isSame ? <span class="muted">{row.name}</span> : <strong>{row.name}</strong>),
        },
        ...runs.map(ofRun),
      ]}
    />
  );
}
