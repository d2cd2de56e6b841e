/** What a plot shows as rows of a table, page by page: line by line, in the order of time. Pure. */

import { type Columns, rowFrom } from "../../series/columns.ts";

export interface PlotRow {
  key: string;
  name: string;
  unit: string;
  tUs: number;
  first: number;
  min: number;
  max: number;
  last: number;
  count: number;
}

interface TableLine {
  id: string;
  name: string;
  unit: string;
  columns: Columns;
}

/** How many rows there are, and those from `skip` on. */
export function plotRows(
  lines: TableLine[],
  fromUs: number,
  toUs: number,
  skip: number,
  most: number,
): { total: number; rows: PlotRow[] } {
  const rows: PlotRow[] = [];
  let total = 0;
  for (const line of lines) {
    const begin = rowFrom(line.columns, fromUs);
    const end = Math.max(Math.min(rowFrom(line.columns, toUs), line.columns.end), begin);
    const from = begin + Math.max(skip - total, 0);
    for (let row = from; row < end && rows.length < most; row += 1) rows.push(rowOf(line, row));
    total += end - begin;
  }
  return { total, rows };
}

function rowOf({ id, name, unit, columns }: TableLine, row: number): PlotRow {
  const read = (column: Float64Array) => column[row] ?? Number.NaN;
  return {
    key: `${id} ${row}`,
    name,
    unit,
    tUs: read(columns.tUs),
    first: read(columns.first),
    min: read(columns.min),
    max: read(columns.max),
    last: read(columns.last),
    count: read(columns.count),
  };
}
