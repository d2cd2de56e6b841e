/** The head of a long table: names, orders, and a box that chooses all rows that are held. */

import { ColumnHead, directionOf, type TableOrder } from "./ColumnHead.tsx";
import type { Column } from "./columns.ts";
import type { RowChoice } from "./VirtualTable.tsx";

export function TableHead<Item>(props: {
  columns: Column<Item>[];
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
  leastPx: number;
  choice: RowChoice<Item> | undefined;
  itemsOf: () => Item[];
}) {
  const { columns, choice } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of HTML can't leave rows out
    <div role="rowgroup" class="list-head" style={{ minWidth: `${props.leastPx}px` }}>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      <div role="row" class="list-row" aria-rowindex={1}>
        {choice && (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div role="columnheader" class="choose">
            <input
              type="checkbox"
              aria-label="Choose all rows that are loaded"
              checked={choice.chosen.size > 0}
              onChange={(event) =>
                choice.onChoose(
                  event.currentTarget.checked ? props.itemsOf() : [...choice.chosen.values()],
                  event.currentTarget.checked,
                )
              }
            />
          </div>
        )}
        {columns.map((column, place) => (
          <Head key={`${place} ${column.name}`} column={column} order={props} />
        ))}
      </div>
    </div>
  );
}

function Head<Item>({ column, order }: { column: Column<Item>; order: TableOrder }) {
  const isOrdered = !!column.sort && !!order.onSort;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of HTML can't leave rows out
    // biome-ignore lint/a11y/useFocusableInteractive: the button in it takes the focus
    <div
      role="columnheader"
      class={[column.isNumber ? "number" : "", isOrdered ? "ordered" : ""].filter(Boolean).join(" ")}
      aria-sort={directionOf(column, order)}
    >
      <ColumnHead column={column} order={order} />
    </div>
  );
}
