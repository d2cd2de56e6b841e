import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem } from "../../src/api/problems.ts";
import type { Page } from "../../src/api/types.ts";
import {
  allStale,
  countRows,
  KEPT_PAGES,
  type KnownList,
  lettingGo,
  noRows,
  rowsIn,
  staleIn,
  wantedPage,
  withPage,
} from "../../src/ui/lists/listPages.ts";
import { ListReader } from "../../src/ui/lists/listReader.ts";
import { type Column, choosable, fitColumns } from "../../src/ui/tables/columns.ts";
import { drawnRows, rowByKey, seenRows, topShowing } from "../../src/ui/tables/rowSpans.ts";

const SIZE = 10;

/** A list as the API has it: pages of ten, whose cursor names the last row before them. */
class Rows {
  rows: number[];
  asked: (string | undefined)[] = [];

  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, place) => count - place);
  }

  page(cursor: string | undefined): Page<number> {
    this.asked.push(cursor);
    const after = cursor === undefined ? this.rows : this.rows.filter((row) => row < Number(cursor));
    const items = after.slice(0, SIZE);
    return { items, next_cursor: after.length > SIZE ? String(items.at(-1)) : null };
  }
}

/** Reads what is missing of the rows that are looked at. */
function read(list: KnownList<number>, rows: Rows, first: number, last: number): KnownList<number> {
  let known = list;
  for (;;) {
    const place = wantedPage(known, [first, last]);
    if (place === null) return known;
    const cursor = place < known.pages.length ? known.pages[place]?.cursor : (known.next ?? undefined);
    known = withPage(known, place, rows.page(cursor));
  }
}

test("pages are asked for as far as rows are seen, each once", () => {
  const rows = new Rows(95);
  let list = read(noRows<number>(), rows, 0, 5);
  assert.equal(countRows(list), 10);
  list = read(list, rows, 20, 34);
  assert.deepEqual(rowsIn(list, [28, 31]), rows.rows.slice(28, 32));
  assert.deepEqual(rows.asked, [undefined, "86", "76", "66"]);
  list = read(list, rows, 80, 200);
  assert.equal(countRows(list), 95);
  assert.equal(list.next, null);
  assert.deepEqual(rowsIn(list, [90, 200]), [5, 4, 3, 2, 1]);
});

test("pages far from what is seen are let go of, and come back", () => {
  const rows = new Rows(400);
  let list = read(noRows<number>(), rows, 0, 399);
  list = lettingGo(list, [390, 399]);
  assert.equal(countRows(list), 400);
  assert.equal(list.pages.filter((page) => page.items).length, KEPT_PAGES + 1);
  assert.deepEqual(rowsIn(list, [0, 1]), [undefined, undefined]);
  list = read(list, rows, 0, 12);
  assert.deepEqual(rowsIn(list, [0, 12]), rows.rows.slice(0, 13));
  assert.equal(lettingGo(list, [0, 400]), list);
});

test("rows that came meanwhile push the others down, and none is left out", () => {
  const rows = new Rows(35);
  let list = read(noRows<number>(), rows, 0, 34);
  rows.rows = [38, 37, 36, ...rows.rows];
  list = read(staleIn(list, [0, 5]), rows, 0, 5);
  assert.deepEqual(rowsIn(list, [0, 9]), rows.rows.slice(0, 10));
  assert.equal(list.pages[1]?.isStale, true);
  list = read(list, rows, 0, 50);
  assert.deepEqual(rowsIn(list, [0, 50]), rows.rows);
});

test("rows that are gone leave nothing behind", () => {
  const rows = new Rows(35);
  let list = read(noRows<number>(), rows, 0, 34);
  rows.rows = rows.rows.slice(0, 4);
  list = read(staleIn(list, [0, 5]), rows, 0, 5);
  assert.equal(countRows(list), 4);
  assert.equal(list.next, null);
  rows.rows = [];
  list = read(allStale(list), rows, 0, 5);
  assert.equal(countRows(list), 0);
  assert.equal(wantedPage(list, [0, 0]), null);
});

test("a reader asks for one page at a time, and goes on when it is looked further", async () => {
  const rows = new Rows(300);
  let changes = 0;
  const reader = new ListReader<number>(
    async (cursor) => rows.page(cursor),
    () => {
      changes += 1;
    },
    never,
  );
  reader.look([0, 9]);
  assert.equal(rows.asked.length, 1);
  await until(() => !reader.isAsking);
  // What comes next is there before it is seen.
  assert.ok(countRows(reader.list) > 60 && countRows(reader.list) < 100);
  reader.look([100, 120]);
  await until(() => !reader.isAsking);
  assert.deepEqual(rowsIn(reader.list, [100, 102]), [200, 199, 198]);
  assert.ok(changes > 0);
  rows.rows = [301, ...rows.rows];
  reader.look([0, 9]);
  reader.refresh();
  await until(() => !reader.isAsking);
  assert.deepEqual(rowsIn(reader.list, [0, 1]), [301, 300]);
});

test("a reader that was refused waits to be asked again; one that is closed says nothing more", async () => {
  let isBroken = true;
  let changes = 0;
  const reader = new ListReader<number>(
    async () => {
      if (isBroken) throw new Problem(422, { title: "No", detail: "no" });
      return { items: [1], next_cursor: null };
    },
    () => {
      changes += 1;
    },
    never,
  );
  reader.look([0, 0]);
  await until(() => reader.problem !== null);
  reader.look([0, 9]);
  assert.equal(reader.isAsking, false);
  isBroken = false;
  reader.again();
  await until(() => reader.isAnswered);
  assert.equal(reader.problem, null);
  reader.again();
  const before = changes;
  reader.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(changes, before);
});

test("of many rows those are drawn that are seen, some around them, and the one with the focus", () => {
  assert.deepEqual(seenRows(0, 360, 36, 100_000), [0, 20]);
  assert.deepEqual(seenRows(36_000, 360, 36, 100_000), [990, 1020]);
  assert.deepEqual(seenRows(36_000, 360, 36, 5), [4, 4]);
  assert.deepEqual(seenRows(0, 360, 36, 0), [0, -1]);
  assert.deepEqual(drawnRows([0, -1], null, 0), []);
  assert.deepEqual(drawnRows([5, 7], null, 100), [5, 6, 7]);
  assert.deepEqual(drawnRows([5, 7], 2, 100), [2, 5, 6, 7]);
  assert.deepEqual(drawnRows([5, 7], 90, 100), [5, 6, 7, 90]);
  assert.deepEqual(drawnRows([5, 7], 90, 10), [5, 6, 7]);
});

test("keys go from row to row and stay in the table", () => {
  assert.equal(rowByKey("ArrowDown", 3, 10, 100), 4);
  assert.equal(rowByKey("ArrowUp", 0, 10, 100), 0);
  assert.equal(rowByKey("PageDown", 95, 10, 100), 99);
  assert.equal(rowByKey("End", 0, 10, 100), 99);
  assert.equal(rowByKey("Home", 50, 10, 100), 0);
  assert.equal(rowByKey("x", 50, 10, 100), null);
  assert.equal(rowByKey("End", 0, 10, 0), null);
});

test("a row is scrolled to only where it is not seen whole", () => {
  assert.equal(topShowing(5, 36, 0, 400, 30), 0);
  assert.equal(topShowing(0, 36, 90, 400, 30), 0);
  assert.equal(topShowing(20, 36, 0, 390, 30), 21 * 36 - 360);
});

const COLUMNS: Column<number>[] = [
  { name: "Run", least: 200, cell: String },
  { name: "Status", least: 100, grow: 0, cell: String },
  { name: "Tags", least: 150, isExtra: true, cell: String },
  { name: "Git", least: 100, isExtra: true, cell: String },
  { name: "Notes", least: 100, isOffered: true, cell: String },
  { name: "", least: 80, cell: String },
];
const named = (width: number, chosen: string[] | null) =>
  fitColumns(COLUMNS, width, chosen).columns.map((column) => column.name);

test("columns that are extra go first where there is no room", () => {
  assert.deepEqual(named(1000, null), ["Run", "Status", "Tags", "Git", ""]);
  assert.deepEqual(named(600, null), ["Run", "Status", "Tags", ""]);
  assert.deepEqual(named(400, null), ["Run", "Status", ""]);
  assert.equal(fitColumns(COLUMNS, 400, null).isCards, false);
  assert.equal(fitColumns(COLUMNS, 320, null).isCards, true);
  assert.equal(fitColumns(COLUMNS, 400, null).tracks, "minmax(200px, 1fr) 100px 80px");
});

test("columns are those that were chosen, the first one always", () => {
  assert.deepEqual(named(300, ["Notes", "Git"]), ["Run", "Git", "Notes", ""]);
  assert.deepEqual(named(2000, []), ["Run", ""]);
  assert.deepEqual(
    choosable(COLUMNS).map((column) => column.name),
    ["Status", "Tags", "Git", "Notes"],
  );
});

test("what failed in passing is asked again, and the problem stands until it is answered", async () => {
  const answers = [new Problem(503, {}), { items: [1], next_cursor: null }];
  let again = () => {};
  const reader = new ListReader<number>(
    async () => {
      const answer = answers.shift();
      if (answer instanceof Problem || !answer) throw answer;
      return answer;
    },
    () => {},
    (_, retry) => {
      again = retry;
      return () => {};
    },
  );
  reader.look([0, 0]);
  await until(() => reader.problem !== null);
  again();
  assert.equal(reader.problem?.status, 503);
  await until(() => reader.isAnswered);
  assert.equal(reader.problem, null);
});

function never(): () => void {
  return () => {};
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail("it never came to be");
}
