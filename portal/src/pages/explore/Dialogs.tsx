/** The keys of a plot, and a plot as a table. */

import { useState } from "preact/hooks";
import { countText, valueText } from "../../numbers.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { KEYS_HELP } from "../../plot/keys.ts";
import { zone } from "../../settings.ts";
import { timeText } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Table } from "../../ui/tables/table.tsx";
import { type PlotRow, plotRows } from "./plotRows.ts";

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

const MOST_ROWS = 200;

export function PlotTable(props: { lines: NamedLine[]; fromUs: number; toUs: number; onClose: () => void }) {
  const [skip, setSkip] = useState(0);
  const { lines, fromUs, toUs } = props;
  const { total, rows } = plotRows(lines, fromUs, toUs, skip, MOST_ROWS);
  const value = (name: "first" | "min" | "max" | "last") => (row: PlotRow) => valueText(row[name]);
  return (
    <Dialog title="The plot as a table" isWide onClose={props.onClose}>
      {!total && <p class="muted">No reading lies in this window.</p>}
      <Table
        label="What the plot shows"
        rows={rows}
        keyOf={(row) => row.key}
        columns={[
          { name: "Time", cell: (row) => <span class="nowrap">{timeText(row.tUs, zone.value, 6)}</span> },
          { name: "Sensor", cell: (row) => row.name },
          { name: "First", isNumber: true, cell: value("first") },
          { name: "Min", isNumber: true, cell: value("min") },
          { name: "Max", isNumber: true, cell: value("max") },
          { name: "Last", isNumber: true, cell: value("last") },
          { name: "Unit", cell: (row) => row.unit },
          { name: "Readings", isNumber: true, cell: (row) => countText(row.count) },
        ]}
      />
      {total > MOST_ROWS && (
        <div class="row spread">
          <Button
            icon="left"
            refused={skip ? null : "These are the first rows"}
            onClick={() => setSkip(skip - MOST_ROWS)}
          >
            Before
          </Button>
          <span class="muted" aria-live="polite">
            Rows {countText(skip + 1)} to {countText(skip + rows.length)} of {countText(total)}
          </span>
          <Button
            icon="right"
            refused={skip + MOST_ROWS < total ? null : "These are the last rows"}
            onClick={() => setSkip(skip + MOST_ROWS)}
          >
            Next
          </Button>
        </div>
      )}
    </Dialog>
  );
}
