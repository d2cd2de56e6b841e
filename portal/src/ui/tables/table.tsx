/** Tables: short ones whole, and lists as far as they are seen. */

import type { ComponentChildren } from "preact";
import { countRows } from "../lists/listPages.ts";
import type { Listed } from "../lists/lists.ts";
import { ProblemNote, Waiting } from "../notes.tsx";
import { ColumnHead, directionOf } from "./ColumnHead.tsx";
import type { Column } from "./columns.ts";
import { VirtualTable, type VirtualTableProps } from "./VirtualTable.tsx";

export type { Column } from "./columns.ts";

interface TableProps<Item> {
  label: string;
  columns: Column<Item>[];
  rows: Item[];
  keyOf: (item: Item) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  /** On a phone each row is a card: where its cells are to be read one by one, not compared down a column. */
  hasCards?: boolean;
}

export function Table<Item>(props: TableProps<Item>) {
  const { columns, rows } = props;
  const order = { sort: props.sort, onSort: props.onSort };
  const frame = `table-frame ${props.hasCards ? "with-cards" : ""}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by the keyboard
    <section class={frame} tabIndex={0} aria-label={`Table: ${props.label}`}>
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} class={cellClass(column)} aria-sort={directionOf(column, order)}>
                <ColumnHead column={column} order={order} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={props.keyOf(row)}>
              {columns.map((column) => (
                <td key={column.name} class={cellClass(column)} data-name={column.name || undefined}>
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

/** A list as a table as long as it is, with its problem or its emptiness. */
export function ListTable<Item>(
  props: Omit<VirtualTableProps<Item>, "known" | "listKey" | "look" | "isBusy"> & {
    list: Listed<Item>;
    empty: ComponentChildren;
  },
) {
  const { list, empty, ...table } = props;
  const { known } = list;
  const isEmpty = known !== null && known.next === null && countRows(known) === 0;
  return (
    <>
      {list.problem && <ProblemNote problem={list.problem} again={list.again} />}
      {known === null && !list.problem && <Waiting />}
      {isEmpty && empty}
      {known !== null && !isEmpty && (
        <VirtualTable {...table} known={known} listKey={list.key} look={list.look} isBusy={list.isAsking} />
      )}
    </>
  );
}

function cellClass<Item>(column: Column<Item>): string {
  return [column.isNumber ? "number" : "", column.isExtra ? "wide-only" : ""].filter(Boolean).join(" ");
}
