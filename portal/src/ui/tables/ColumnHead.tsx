/** The head of a column: its name, which orders the table where it can. */

import type { Column } from "./columns.ts";

export interface TableOrder {
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}

export function ColumnHead<Item>({ column, order }: { column: Column<Item>; order: TableOrder }) {
  const { onSort } = order;
  const name = column.sort;
  if (!name || !onSort)
    return <span class={column.name ? undefined : "hidden-text"}>{column.name || "Actions"}</span>;
  const direction = directionOf(column, order);
  return (
    <button type="button" onClick={() => onSort(direction === "ascending" ? `-${name}` : name)}>
      {column.name} {direction === "ascending" ? "↑" : direction === "descending" ? "↓" : ""}
    </button>
  );
}

/** As `aria-sort` says it. */
export function directionOf<Item>(
  { sort: name }: Column<Item>,
  { sort, onSort }: TableOrder,
): "ascending" | "descending" | undefined {
  if (!name || !onSort) return undefined;
  return sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined;
}
