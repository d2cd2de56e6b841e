/** The keys of a plot, and a plot as a table. */

import { valueText } from "../../numbers.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { KEYS_HELP } from "../../plot/keys.ts";
import { rowFrom } from "../../series/columns.ts";
import { zone } from "../../settings.ts";
import { timeText } from "../../times.ts";
import { Dialog } from "../../ui/dialogs.tsx";
import { Table } from "../../ui/table.tsx";

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys of a plot" onClose={onClose}>
      <dl class="facts">
        {KEYS_HELP.map(([keys, what]) => (
          <>
            <dt class="nowrap">{keys}</dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}

const MOST_ROWS = 500;

interface TableRow {
  key: string;
  name: string;
  tUs: number;
  values: number[];
  count: number;
}

export function PlotTable(props: { lines: NamedLine[]; fromUs: number; toUs: number; onClose: () => void }) {
  const rows = props.lines.flatMap((line) => rowsOf(line, props.fromUs, props.toUs)).slice(0, MOST_ROWS);
  const value = (place: number) => (row: TableRow) => valueText(row.values[place]);
  return (
    <Dialog title="The plot as a table" isWide onClose={props.onClose}>
      {rows.length === MOST_ROWS && <p class="muted">The first {MOST_ROWS} rows: zoom in for others.</p>}
      {!rows.length && <p class="muted">No reading lies in this window.</p>}
      <Table
        label="What the plot shows"
        rows={rows}
        keyOf={(row) => row.key}
        columns={[
          { name: "Time", cell: (row) => <span class="nowrap">{timeText(row.tUs, zone.value, 6)}</span> },
          { name: "Sensor", cell: (row) => row.name },
          { name: "First", isNumber: true, cell: value(0) },
          { name: "Min", isNumber: true, cell: value(1) },
          { name: "Max", isNumber: true, cell: value(2) },
          { name: "Last", isNumber: true, cell: value(3) },
          { name: "Readings", isNumber: true, cell: (row) => row.count },
        ]}
      />
    </Dialog>
  );
}

function rowsOf(line: NamedLine, fromUs: number, toUs: number): TableRow[] {
  const { columns } = line;
  const rows: TableRow[] = [];
  const end = Math.min(rowFrom(columns, toUs), columns.end);
  for (let row = rowFrom(columns, fromUs); row < end && rows.length < MOST_ROWS; row += 1) {
    const read = (column: Float64Array) => column[row] ?? Number.NaN;
    rows.push({
      key: `${line.id} ${row}`,
      name: line.name,
      tUs: read(columns.tUs),
      values: [read(columns.first), read(columns.min), read(columns.max), read(columns.last)],
      count: read(columns.count),
    });
  }
  return rows;
}
