/** Tables: sortable heads, further pages, and what stands where there are no rows. */

import type { ComponentChildren } from "preact";
import { Button } from "./buttons.tsx";
import type { Listed } from "./lists.ts";
import { ProblemNote, Waiting } from "./notes.tsx";

export interface Column<Item> {
  name: string;
  cell: (item: Item) => ComponentChildren;
  isNumber?: boolean;
  isExtra?: boolean;
  sort?: string;
}

interface TableProps<Item> {
  label: string;
  columns: Column<Item>[];
  rows: Item[];
  keyOf: (item: Item) => string;
  sort?: string;
  onSort?: (sort: string) => void;
}

export function Table<Item>(props: TableProps<Item>) {
  const { columns, rows } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by the keyboard
    <section class="table-frame" tabIndex={0} aria-label={`Table: ${props.label}`}>
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.name} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={props.keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} class={cellClass(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A list as a table, with its problem, its emptiness and its next page. */
export function ListTable<Item>(
  props: Omit<TableProps<Item>, "rows"> & { list: Listed<Item>; empty: ComponentChildren },
) {
  const { list, empty, ...table } = props;
  return (
    <>
      {list.problem && <ProblemNote problem={list.problem} again={list.again} />}
      {list.items === null && !list.problem && <Waiting />}
      {list.items?.length === 0 && empty}
      {!!list.items?.length && <Table {...table} rows={list.items} />}
      {list.hasMore && (
        <div class="row" style="padding: 8px 12px">
          <Button isBusy={list.isAsking} onClick={list.more}>
            Show more
          </Button>
          <span class="muted">{list.items?.length} shown</span>
        </div>
      )}
    </>
  );
}

function Head<Item>(props: {
  column: Column<Item>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  const name = column.sort;
  if (!name || !onSort)
    return <th class={cellClass(column)}>{column.name || <span class="hidden-text">Actions</span>}</th>;
  const isUp = sort === name;
  const isDown = sort === `-${name}`;
  return (
    <th class={cellClass(column)} aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}>
      <button type="button" onClick={() => onSort(isUp ? `-${name}` : name)}>
        {column.name} {isUp ? "↑" : isDown ? "↓" : ""}
      </button>
    </th>
  );
}

function cellClass<Item>(column: Column<Item>): string {
  return [column.isNumber ? "number" : "", column.isExtra ? "wide-only" : ""].filter(Boolean).join(" ");
}
