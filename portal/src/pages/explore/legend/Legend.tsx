/** What the lines are: the value under the cursor, and exact statistics of the window. */

import type { Signal } from "@preact/signals";
import { countText, valueText } from "../../../numbers.ts";
import { seriesVariable } from "../../../plot/colours.ts";
import type { NamedLine } from "../../../plot/Figure.tsx";
import { seenAt } from "../../../series/columns.ts";
import { prefer, preferred } from "../../../session.ts";
import { durationText } from "../../../times.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Menu } from "../../../ui/dialogs.tsx";
import { CheckField } from "../../../ui/forms/fields.tsx";
import { type Column, Table } from "../../../ui/tables/table.tsx";
import { moved, plotNumbers, type View, withoutSensor } from "../../../view.ts";
import { layerOf, type Pictures, pictureOf } from "../pictures.ts";
import type { Flagged } from "./flagged.ts";
import {
  LEGEND_COLUMNS,
  type LegendChoice,
  type LegendColumn,
  type LegendValue,
  ordered,
  readLegendChoice,
  withColumn,
} from "./legendColumns.ts";

interface LegendProps {
  view: View;
  pictures: Pictures;
  lines: Map<string, NamedLine>;
  flagged: Flagged;
  cursor: Signal<number | null>;
  change: (view: View) => void;
}

const PREFERENCE = "legend";

export function Legend(props: LegendProps) {
  const { lines } = props;
  const choice = readLegendChoice(preferred(PREFERENCE));
  const sort = choice.sort ?? "";
  const by = sort.replace(/^-/, "") as LegendColumn | "sensor" | "";
  const rows = by
    ? ordered([...lines.values()], (line) => valueIn(props, by, line), sort.startsWith("-"))
    : [...lines.values()];
  const columns: Column<NamedLine>[] = [
    { name: "Sensor", sort: "sensor", cell: (line) => <LineName line={line} view={props.view} /> },
    ...shownColumns(props, choice).map((column) => columnOf(props, column)),
    { name: "", cell: (line) => <RemoveButton {...props} line={line} /> },
  ];
  return (
    <Table
      label="Sensors that are shown"
      columns={columns}
      rows={rows}
      keyOf={(line) => line.id}
      sort={sort}
      onSort={(next) => prefer(PREFERENCE, { ...choice, sort: next })}
    />
  );
}

/** Which columns there are; an account keeps it. */
export function LegendMenu() {
  const choice = readLegendChoice(preferred(PREFERENCE));
  return (
    <Menu label="Columns of the table" icon="table" text="Columns">
      <div class="stack" style="padding: 8px; gap: 6px">
        {LEGEND_COLUMNS.map(([column, name]) => (
          <CheckField
            key={column}
            label={name}
            value={!choice.hidden.includes(column)}
            onChange={(isShown) => prefer(PREFERENCE, withColumn(choice, column, isShown))}
          />
        ))}
      </div>
    </Menu>
  );
}

/** Markers that are not put have no column. */
function shownColumns({ view }: LegendProps, { hidden }: LegendChoice): LegendColumn[] {
  const lacking: LegendColumn[] = [
    ...(view.markerA === null ? (["a", "difference"] as const) : []),
    ...(view.markerB === null ? (["b", "difference"] as const) : []),
  ];
  return LEGEND_COLUMNS.map(([column]) => column).filter(
    (column) => !hidden.includes(column) && !lacking.includes(column),
  );
}

function columnOf(props: LegendProps, column: LegendColumn): Column<NamedLine> {
  const name = LEGEND_COLUMNS.find(([each]) => each === column)?.[1] ?? "";
  const isNumber = !["calibration", "plot", "bucket"].includes(column);
  return { name, isNumber, sort: column, cell: (line) => cellOf(props, column, line) };
}

function cellOf(props: LegendProps, column: LegendColumn, line: NamedLine) {
  if (column === "cursor") return <AtCursor line={line} cursor={props.cursor} />;
  if (column === "calibration") return <MadeBy {...props} line={line} />;
  if (column === "plot") return <PlotChoice {...props} line={line} />;
  const value = valueIn(props, column, line);
  if (column === "bucket") return value ? durationText(Number(value)) : "each reading";
  if (column === "count" || column === "flagged") return typeof value === "number" ? countText(value) : "–";
  return valueText(value as number | null | undefined);
}

/** What a row has in a column, to be shown and to be ordered by. */
function valueIn(props: LegendProps, column: LegendColumn | "sensor", line: NamedLine): LegendValue {
  const { view, pictures, flagged, cursor } = props;
  const totals = pictureOf(pictures, view, line.id)?.totals;
  const at = (us: number | null) => (us === null ? null : seenAt(line.columns, us, line.gapUs)?.last);
  switch (column) {
    case "sensor":
      return line.name;
    case "cursor":
      return at(cursor.value);
    case "a":
      return at(view.markerA);
    case "b":
      return at(view.markerB);
    case "difference":
      return (at(view.markerB) ?? Number.NaN) - (at(view.markerA) ?? Number.NaN);
    case "flagged":
      return flagged.counts.get(line.id);
    case "calibration":
      return versionsOf(view, pictures, line.id).at(-1);
    case "bucket":
      return line.columns.bucketUs;
    case "plot":
      return view.sensors.find((pick) => pick.id === line.id)?.plot;
    default:
      return totals?.[column];
  }
}

function LineName({ line, view }: { line: NamedLine; view: View }) {
  return (
    <span class="row" style="flex-wrap: nowrap">
      <span class="swatch" style={{ background: seriesVariable(line.colour) }} />
      <a href={`/sensors/${line.id}`} class="nowrap">
        {line.name}
      </a>
      <span class="muted nowrap">
        {line.unit}
        {layerOf(view, line.id) === "raw" && " raw"}
      </span>
    </span>
  );
}

function AtCursor({ line, cursor }: { line: NamedLine; cursor: Signal<number | null> }) {
  const us = cursor.value;
  const seen = us === null ? null : seenAt(line.columns, us, line.gapUs);
  if (!seen) return <>–</>;
  const isOne = seen.count <= 1 || seen.min === seen.max;
  return (
    <span class="nowrap">
      {isOne ? valueText(seen.last) : `${valueText(seen.min)} … ${valueText(seen.max)}`}
    </span>
  );
}

function versionsOf(view: View, pictures: Pictures, id: string): number[] {
  if (layerOf(view, id) === "raw") return [];
  return pictures.byLayer.get("physical")?.versions.get(id) ?? [];
}

function MadeBy({ line, view, pictures }: LegendProps & { line: NamedLine }) {
  if (layerOf(view, line.id) === "raw") return <span class="muted">raw</span>;
  const versions = versionsOf(view, pictures, line.id);
  if (!versions.length) return <span class="muted">{pictures.byLayer.has("physical") ? "none" : "–"}</span>;
  return (
    <a href={`/calibrations/${line.id}`} class="nowrap">
      {versions.map((number) => `v${number}`).join(", ")}
    </a>
  );
}

function PlotChoice({ line, view, change }: LegendProps & { line: NamedLine }) {
  const numbers = plotNumbers(view);
  const own = view.sensors.find((pick) => pick.id === line.id)?.plot ?? 0;
  return (
    <select
      aria-label={`Plot of ${line.name}`}
      value={own}
      onChange={(event) => change(moved(view, line.id, Number(event.currentTarget.value)))}
    >
      {[...numbers, numbers.length].map((number) => (
        <option key={number} value={number}>
          {number + 1}
        </option>
      ))}
    </select>
  );
}

function RemoveButton({ line, view, change }: LegendProps & { line: NamedLine }) {
  return (
    <Button
      kind="quiet"
      icon="close"
      label={`Remove ${line.name}`}
      onClick={() => change(withoutSensor(view, line.id))}
    />
  );
}
