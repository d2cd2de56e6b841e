/** A row of a long table, as a line or as a card. What is in it is drawn again only where the row is another one. */

import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Column } from "./columns.ts";

export function TableRow<Item>(props: {
  row: number;
  item: Item | undefined;
  topPx: number;
  columns: Column<Item>[];
  isCard: boolean;
  isActive: boolean;
  hasChoice: boolean;
  choiceName: string | null;
  isChosen: boolean;
  onToggle: (row: number, isRange: boolean) => void;
}) {
  const { row, item, columns, isCard, hasChoice, isChosen } = props;
  const cells = useMemo(
    () =>
      columns.map((column, place) => (
        <Cell key={`${place} ${column.name}`} column={column} item={item} isCard={isCard} />
      )),
    [item, columns, isCard],
  );
  const line = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // Tab goes through what is in the row that has the focus, and through no other.
    const inner = line.current?.querySelectorAll<HTMLElement>("a, button, input, select, summary") ?? [];
    for (const each of inner) each.tabIndex = props.isActive ? 0 : -1;
  }, [props.isActive, cells, hasChoice]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of HTML can't leave rows out
    <div
      ref={line}
      role="row"
      class={`list-row ${isChosen ? "chosen" : ""}`}
      data-row={row}
      aria-rowindex={row + 2}
      aria-selected={hasChoice ? isChosen : undefined}
      aria-busy={item === undefined || undefined}
      tabIndex={props.isActive ? 0 : -1}
      style={{ transform: `translateY(${props.topPx}px)` }}
    >
      {hasChoice && (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: the box in it takes the focus
        <div role="gridcell" class="choose">
          {item !== undefined && (
            <input
              type="checkbox"
              aria-label={`Choose ${props.choiceName}`}
              checked={isChosen}
              onClick={(event) => props.onToggle(row, event.shiftKey)}
            />
          )}
        </div>
      )}
      {cells}
    </div>
  );
}

function Cell<Item>(props: { column: Column<Item>; item: Item | undefined; isCard: boolean }) {
  const { column, item } = props;
  const content = item === undefined ? <span class="not-held" /> : column.cell(item);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of HTML can't leave rows out
    // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus
    <div
      role="gridcell"
      class={column.isNumber ? "number" : undefined}
      data-name={props.isCard ? column.name : undefined}
      title={typeof content === "string" ? content : undefined}
    >
      {content}
    </div>
  );
}
