/**
 * A table as long as its list: of its rows those that are seen stand in the page, by place. The rows take the keyboard
 * as one: arrows go from row to row, Enter opens one, Space chooses it, Tab goes through what is in it.
 */

import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { countText } from "../../numbers.ts";
import { leavePlace, leftPlace } from "../lists/leftLists.ts";
import { countRows, type KnownList, type RowSpan, rowOf, rowsIn } from "../lists/listPages.ts";
import { chooseColumns, columnsOf } from "./columnChoice.ts";
import { type Column, choosable, fitColumns } from "./columns.ts";
import { drawnRows, rowByKey, seenRows, topShowing } from "./rowSpans.ts";
import { TableHead } from "./TableHead.tsx";
import { TableRow } from "./TableRow.tsx";

/** What is chosen of the rows, by their keys. */
export interface RowChoice<Item> {
  chosen: ReadonlyMap<string, Item>;
  nameOf: (item: Item) => string;
  onChoose: (items: Item[], isOn: boolean) => void;
}

export interface VirtualTableProps<Item> {
  label: string;
  columns: Column<Item>[];
  known: KnownList<Item>;
  listKey: string | null;
  look: (span: RowSpan) => void;
  keyOf: (item: Item) => string;
  isBusy?: boolean;
  sort?: string | undefined;
  onSort?: ((sort: string) => void) | undefined;
  choice?: RowChoice<Item> | undefined;
  /** Under which name the choice of columns is kept; without it there is none. */
  name?: string | undefined;
  /** How many rows there are, where that is known. */
  total?: number | undefined;
  /** Lines of text in a row. */
  lines?: number | undefined;
}

const LINE_PX = 36;
const FURTHER_LINE_PX = 19;
const CARD_LINE_PX = 32;
const CARD_ROOM_PX = 12;
const HEAD_PX = 30;
const STEP_ROWS = 5;
const CHOICE_PX = 40;
// Below the frame: the table's foot and the page's edge.
const FOOT_PX = 54;
const LEAST_HEIGHT_PX = 320;
// Browsers draw nothing that is much taller.
const TALLEST_PX = 16_000_000;

export function VirtualTable<Item>(props: VirtualTableProps<Item>) {
  const { known, choice, look, lines = 1 } = props;
  const frame = useRef<HTMLDivElement>(null);
  // What is done with chosen rows stands above the table.
  const box = useBox(frame, !!choice?.chosen.size);
  const picked = columnsOf(props.name);
  const roomPx = box.widthPx - (choice ? CHOICE_PX : 0);
  const fitted = useMemo(
    () => fitColumns(props.columns, roomPx, picked),
    [props.columns, roomPx, picked?.join("\n")],
  );
  const rowPx = fitted.isCards
    ? fitted.columns.length * CARD_LINE_PX + CARD_ROOM_PX
    : LINE_PX + (lines - 1) * FURTHER_LINE_PX;
  const count = Math.min(countRows(known), Math.floor(TALLEST_PX / rowPx));
  const [topPx, setTop] = useState(0);
  const exactTop = useSignal(0);
  const span = seenRows(topPx, box.heightPx, rowPx, count);
  const rowKeys = useRowKeys({ frame, count, rowPx, heightPx: box.heightPx });
  const toggle = useToggle(props, frame);
  useEffect(() => look(span), [look, ...span, count]);
  useLayoutEffect(() => {
    const element = frame.current;
    const key = props.listKey;
    if (!element || key === null) return;
    element.scrollTo(0, leftPlace(key));
    return () => leavePlace(key, exactTop.peek());
  }, [props.listKey]);
  useAnchor(props, frame, rowPx);
  const drawn = drawnRows(span, rowKeys.isFocused ? rowKeys.active : null, count);
  const items = new Map(drawn.map((row) => [row, rowsIn(known, [row, row])[0]]));
  const active = Math.min(rowKeys.active, count - 1);
  const isWhole = known.next === null;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a table of HTML can't leave rows out */}
      <div
        ref={frame}
        class={["list-frame", fitted.isCards ? "cards-list" : lines > 1 ? "lines" : ""].join(" ")}
        role="grid"
        aria-label={props.label}
        aria-rowcount={isWhole ? count + 1 : props.total ? Math.max(props.total, count) + 1 : -1}
        aria-busy={props.isBusy || undefined}
        aria-multiselectable={choice ? "true" : undefined}
        style={{
          "--tracks": `${choice ? `${CHOICE_PX}px ` : ""}${fitted.tracks}`,
          "--row": `${rowPx}px`,
          "--lines": lines,
        }}
        onScroll={(event) => {
          exactTop.value = event.currentTarget.scrollTop;
          setTop(steppedTop(event.currentTarget.scrollTop, rowPx));
        }}
        onKeyDown={(event) => rowKeys.press(event, toggle)}
        onFocusIn={(event) => rowKeys.note(event.target as HTMLElement)}
        onFocusOut={() => rowKeys.leave()}
      >
        <TableHead
          columns={fitted.columns}
          sort={props.sort}
          onSort={props.onSort}
          leastPx={fitted.isCards ? 0 : fitted.leastPx}
          choice={choice}
          itemsOf={() => known.pages.flatMap((page) => page.items ?? [])}
        />
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div
          role="rowgroup"
          class="list-rows"
          style={{ height: `${count * rowPx}px`, minWidth: `${fitted.isCards ? 0 : fitted.leastPx}px` }}
        >
          {drawn.map((row) => {
            const item = items.get(row);
            const key = item === undefined ? null : props.keyOf(item);
            return (
              <TableRow
                key={key ?? `row ${row}`}
                row={row}
                item={item}
                topPx={row * rowPx}
                columns={fitted.columns}
                isCard={fitted.isCards}
                isActive={row === active}
                choiceName={choice && item !== undefined ? choice.nameOf(item) : null}
                hasChoice={!!choice}
                isChosen={!!choice && key !== null && choice.chosen.has(key)}
                onToggle={toggle}
              />
            );
          })}
        </div>
      </div>
      {(props.name || count > 20) && (
        <div class="list-foot row spread">
          <SeenRows
            top={exactTop}
            heightPx={box.heightPx}
            rowPx={rowPx}
            count={count}
            total={isWhole ? count : props.total}
          />
          {props.name && <ColumnMenu name={props.name} columns={props.columns} shown={fitted.columns} />}
        </div>
      )}
    </>
  );
}

/** Which columns are shown: as they fit, until somebody chooses. */
function ColumnMenu<Item>(props: { name: string; columns: Column<Item>[]; shown: Column<Item>[] }) {
  const { name, columns, shown } = props;
  const [isOpen, setOpen] = useState(false);
  const names = shown.map((column) => column.name);
  const choose = (changed: string, isOn: boolean) =>
    chooseColumns(
      name,
      choosable(columns)
        .map((column) => column.name)
        .filter((each) => (each === changed ? isOn : names.includes(each))),
    );
  return (
    <details class="menu up" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="button quiet">Columns</summary>
      <div class="sheet" hidden={!isOpen}>
        {(isOpen ? choosable(columns) : []).map((column) => (
          <label key={column.name} class="item">
            <input
              type="checkbox"
              checked={names.includes(column.name)}
              onChange={(event) => choose(column.name, event.currentTarget.checked)}
            />
            {column.name}
          </label>
        ))}
        <button type="button" class="item" onClick={() => chooseColumns(name, null)}>
          As they fit
        </button>
      </div>
    </details>
  );
}

/** The row that has the keyboard, and what keys do. */
function useRowKeys(view: {
  frame: RefObject<HTMLDivElement | null>;
  count: number;
  rowPx: number;
  heightPx: number;
}) {
  const { frame, count, rowPx, heightPx } = view;
  const [active, setActive] = useState(0);
  const [isFocused, setFocused] = useState(false);
  const isCalled = useRef(false);
  const line = (row: number) => frame.current?.querySelector<HTMLElement>(`[data-row="${row}"]`);
  useLayoutEffect(() => {
    if (!isCalled.current) return;
    isCalled.current = false;
    line(active)?.focus({ preventScroll: true });
  });
  const go = (row: number) => {
    const element = frame.current;
    if (!element) return;
    element.scrollTop = topShowing(row, rowPx, element.scrollTop, heightPx, HEAD_PX);
    isCalled.current = true;
    setActive(row);
    setFocused(true);
  };
  const press = (event: KeyboardEvent, toggle: (row: number, isRange: boolean) => void) => {
    const target = event.target as HTMLElement;
    const own = target.closest<HTMLElement>("[data-row]");
    if (!own || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target !== own && target.matches("select, textarea, input:not([type=checkbox])")) return;
    const row = Number(own.dataset.row);
    const next = rowByKey(event.key, row, Math.max(Math.floor(heightPx / rowPx) - 1, 1), count);
    if (next !== null) go(next);
    else if (target === own && event.key === "Enter") own.querySelector<HTMLElement>("a, button")?.click();
    else if (target === own && event.key === " ") toggle(row, event.shiftKey);
    else return;
    event.preventDefault();
  };
  const note = (target: HTMLElement) => {
    const row = target.closest<HTMLElement>("[data-row]")?.dataset.row;
    setFocused(row !== undefined);
    if (row !== undefined) setActive(Number(row));
  };
  return { active, isFocused, press, note, leave: () => setFocused(false) };
}

/** Chooses a row or takes it back; with Shift, all from the last one to this. */
function useToggle<Item>(props: VirtualTableProps<Item>, frame: RefObject<HTMLDivElement | null>) {
  const latest = useRef(props);
  const last = useRef(0);
  latest.current = props;
  return useRef((row: number, isRange: boolean) => {
    const { known, choice, keyOf } = latest.current;
    const [item] = rowsIn(known, [row, row]);
    if (!choice || item === undefined || !frame.current) return;
    const from = isRange ? last.current : row;
    const span: RowSpan = [Math.min(from, row), Math.max(from, row)];
    const items = rowsIn(known, span).filter((each) => each !== undefined);
    last.current = row;
    choice.onChoose(items, !choice.chosen.has(keyOf(item)));
  }).current;
}

/** Rows that come or go above what is seen don't move it; at its top a list shows what is new. */
function useAnchor<Item>(
  { known, keyOf, listKey }: VirtualTableProps<Item>,
  frame: RefObject<HTMLDivElement | null>,
  rowPx: number,
): void {
  const before = useRef({ known, listKey, rowPx });
  useLayoutEffect(() => {
    const last = before.current;
    before.current = { known, listKey, rowPx };
    const element = frame.current;
    const isSame = last.listKey === listKey && last.rowPx === rowPx;
    if (!element?.scrollTop || !isSame || last.known === known) return;
    const row = Math.ceil(element.scrollTop / rowPx);
    const [item] = rowsIn(last.known, [row, row]);
    const now = item === undefined ? null : rowOf(known, keyOf(item), keyOf);
    if (now !== null) element.scrollTop += (now - row) * rowPx;
  }, [known, listKey, rowPx]);
}

/** How large the frame is, as long as it lives; it takes what the page leaves below its top. */
function useBox(
  frame: RefObject<HTMLDivElement | null>,
  hasMoreAbove: boolean,
): { widthPx: number; heightPx: number } {
  const [box, setBox] = useState({ widthPx: 0, heightPx: 0 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const page = element.closest<HTMLElement>(".main");
    const measure = () => {
      if (page) element.style.maxHeight = `${roomPx(page, element)}px`;
      const next = { widthPx: element.clientWidth, heightPx: element.clientHeight };
      setBox((now) => (now.widthPx === next.widthPx && now.heightPx === next.heightPx ? now : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    for (const each of page ? [element, page] : [element]) observer.observe(each);
    return () => observer.disconnect();
  }, [hasMoreAbove]);
  return box;
}

function roomPx(page: HTMLElement, element: HTMLElement): number {
  const abovePx = element.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop;
  return Math.max(page.clientHeight - abovePx - FOOT_PX, LEAST_HEIGHT_PX);
}

/** Rows are drawn anew when some more are seen, not with each pixel: there are spare ones. */
function steppedTop(topPx: number, rowPx: number): number {
  const stepPx = rowPx * STEP_ROWS;
  return Math.round(topPx / stepPx) * stepPx;
}

/** Which rows are seen, of how many: by itself, since it changes with each pixel. */
function SeenRows(props: {
  top: Signal<number>;
  heightPx: number;
  rowPx: number;
  count: number;
  total: number | undefined;
}) {
  const { heightPx, rowPx, count, total } = props;
  const topPx = props.top.value;
  const first = Math.min(Math.round(topPx / rowPx) + 1, count);
  const last = Math.min(Math.max(Math.floor((topPx + heightPx - HEAD_PX) / rowPx), first), count);
  const all = total === undefined ? `${countText(count)}+` : countText(Math.max(total, count));
  return (
    <span class="muted">
      {countText(first)}–{countText(last)} of {all}
    </span>
  );
}
