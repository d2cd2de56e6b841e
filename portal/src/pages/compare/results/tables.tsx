/** What a comparison says in numbers: statistics by sensor and member, parameters side by side. */

import { useState } from "preact/hooks";
import type { ComparisonAnswer } from "../../../api/types.ts";
import { countText, valueText } from "../../../numbers.ts";
import { Swatch } from "../../../plot/Swatch.tsx";
import { elapsedText } from "../../../plot/ticks.ts";
import { Empty } from "../../../ui/notes.tsx";
import { type Column, Table } from "../../../ui/tables/table.tsx";
import { isByStep } from "../answers.ts";
import { type StatisticsRow, sorted, statisticsOf } from "./statistics.ts";

const columnsOf = (isMetrics: boolean, isSteps: boolean): Column<StatisticsRow>[] => [
  { name: isMetrics ? "Metric" : "Sensor", sort: "key", cell: (row) => row.key },
  {
    name: "Member",
    sort: "name",
    cell: (row) => (
      <span class="row nowrap" style="flex-wrap: nowrap">
        <Swatch place={row.place} />
        {row.name}
      </span>
    ),
  },
  { name: "Min", sort: "min", isNumber: true, cell: (row) => valueText(row.min) },
  { name: "Mean", sort: "mean", isNumber: true, cell: (row) => valueText(row.mean) },
  { name: "Max", sort: "max", isNumber: true, cell: (row) => valueText(row.max) },
  { name: "σ", sort: "stddev", isNumber: true, isExtra: true, cell: (row) => valueText(row.stddev) },
  { name: "Δ r.m.s.", sort: "rms", isNumber: true, cell: (row) => valueText(row.rms) },
  { name: "Δ largest", sort: "largest", isNumber: true, cell: (row) => valueText(row.largest) },
  {
    name: "at",
    sort: "at",
    isNumber: true,
    isExtra: true,
    cell: (row) => (row.at === null ? "–" : isSteps ? `step ${countText(row.at)}` : elapsedText(row.at, 3)),
  },
  {
    name: isMetrics ? "Points" : "Readings",
    sort: "count",
    isNumber: true,
    isExtra: true,
    cell: (row) => countText(row.count),
  },
  isMetrics
    ? {
        name: "NaN or ∞",
        sort: "leftOut",
        isNumber: true,
        isExtra: true,
        cell: (row) => countText(row.leftOut),
      }
    : { name: "Unit", isExtra: true, cell: (row) => row.unit },
];

export function Statistics(props: {
  answer: ComparisonAnswer;
  differing: ComparisonAnswer;
  isMetrics: boolean;
}) {
  const [sort, setSort] = useState("");
  const rows = statisticsOf(props.answer, props.differing);
  if (!rows.length) return <Empty title="There is nothing to be counted" />;
  return (
    <Table
      label="Statistics of what is shown"
      rows={sorted(rows, sort)}
      keyOf={(row) => `${row.key} ${row.id}`}
      columns={columnsOf(props.isMetrics, isByStep(props.answer))}
      sort={sort}
      onSort={setSort}
    />
  );
}

type Parameter = ComparisonAnswer["params"][number];

export function Parameters({ answer }: { answer: ComparisonAnswer }) {
  const [isAll, setAll] = useState(true);
  if (!answer.params.length) return <Empty title="The runs have no parameters" />;
  const rows = answer.params.filter((row) => isAll || row.differs);
  const ofMember = (name: string, place: number): Column<Parameter> => ({
    // Runs may be called the same.
    name: answer.members.filter((each) => each.name === name).length > 1 ? `${name} (${place + 1})` : name,
    cell: (row) => <code class={row.differs ? "differs" : ""}>{shownOf(row.values[place])}</code>,
  });
  return (
    <>
      <label class="row filters">
        <input type="checkbox" checked={!isAll} onChange={(event) => setAll(!event.currentTarget.checked)} />
        Only those that differ
      </label>
      <Table
        label="Parameters"
        rows={rows}
        keyOf={(row) => row.name}
        columns={[
          {
            name: "Parameter",
            cell: (row) =>
              row.differs ? <strong>{row.name}</strong> : <span class="muted">{row.name}</span>,
          },
          ...answer.members.map((member, place) => ofMember(member.name, place)),
        ]}
      />
    </>
  );
}

function shownOf(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
