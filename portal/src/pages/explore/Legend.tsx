/** What the lines are: the value under the cursor, and exact statistics of the window. */

import type { Signal } from "@preact/signals";
import { countText, valueText } from "../../numbers.ts";
import { seriesVariable } from "../../plot/colours.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { seenAt } from "../../series/columns.ts";
import { zone } from "../../settings.ts";
import { clockText, durationText } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { moved, plotNumbers, type View, withoutSensor } from "../../view.ts";
import { layerOf, type Pictures, pictureOf } from "./pictures.ts";

interface LegendProps {
  view: View;
  pictures: Pictures;
  lines: Map<string, NamedLine>;
  cursor: Signal<number | null>;
  change: (view: View) => void;
}

export function Legend(props: LegendProps) {
  const { view, pictures, lines, change } = props;
  const totals = (id: string) => pictureOf(pictures, view, id)?.totals;
  const rows = [...lines.values()];
  const columns: Column<NamedLine>[] = [
    { name: "Sensor", cell: (line) => <LineName line={line} view={view} /> },
    { name: "At cursor", isNumber: true, cell: (line) => <AtCursor line={line} cursor={props.cursor} /> },
    ...markerColumns(view),
    { name: "Min", isNumber: true, cell: (line) => valueText(totals(line.id)?.min) },
    { name: "Mean", isNumber: true, cell: (line) => valueText(totals(line.id)?.mean) },
    { name: "Max", isNumber: true, cell: (line) => valueText(totals(line.id)?.max) },
    { name: "σ", isNumber: true, cell: (line) => valueText(totals(line.id)?.stddev) },
    { name: "Readings", isNumber: true, cell: (line) => countText(totals(line.id)?.count ?? 0) },
    { name: "Calibration", cell: (line) => <MadeBy line={line} view={view} pictures={pictures} /> },
    { name: "Plot", cell: (line) => <PlotChoice line={line} view={view} change={change} /> },
    {
      name: "",
      cell: (line) => (
        <Button
          kind="quiet"
          icon="close"
          label={`Remove ${line.name}`}
          onClick={() => change(withoutSensor(view, line.id))}
        />
      ),
    },
  ];
  return <Table label="Sensors that are shown" columns={columns} rows={rows} keyOf={(line) => line.id} />;
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

function markerColumns(view: View): Column<NamedLine>[] {
  const at = (line: NamedLine, us: number | null) =>
    us === null ? null : seenAt(line.columns, us, line.gapUs);
  const columns: Column<NamedLine>[] = [];
  for (const [name, us] of [
    ["A", view.markerA],
    ["B", view.markerB],
  ] as const) {
    if (us !== null) columns.push({ name, isNumber: true, cell: (line) => valueText(at(line, us)?.last) });
  }
  if (columns.length < 2) return columns;
  const difference = (line: NamedLine) => {
    const a = at(line, view.markerA);
    const b = at(line, view.markerB);
    return a && b ? valueText(b.last - a.last) : "–";
  };
  return [...columns, { name: "B − A", isNumber: true, cell: difference }];
}

export function MarkerNote({ view }: { view: View }) {
  const { markerA, markerB } = view;
  if (markerA === null && markerB === null) return null;
  const at = (name: string, us: number | null) =>
    us === null ? null : (
      <span>
        <strong>{name}</strong> {clockText(us, zone.value, 6)}
      </span>
    );
  return (
    <div class="row">
      {at("A", markerA)}
      {at("B", markerB)}
      {markerA !== null && markerB !== null && (
        <span>
          <strong>Δt</strong> {durationText(markerB - markerA)}
        </span>
      )}
    </div>
  );
}

function MadeBy({ line, view, pictures }: { line: NamedLine; view: View; pictures: Pictures }) {
  if (layerOf(view, line.id) === "raw") return <span class="muted">raw</span>;
  const versions = pictures.byLayer.get("physical")?.versions.get(line.id) ?? [];
  if (!versions.length) return <span class="muted">none</span>;
  return (
    <a href={`/calibrations/${line.id}`} class="nowrap">
      {versions.map((number) => `v${number}`).join(", ")}
    </a>
  );
}

function PlotChoice({ line, view, change }: { line: NamedLine; view: View; change: (view: View) => void }) {
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
