import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backfill, ProjectSession } from "../../src/api/types.ts";
import { flagWords } from "../../src/flags.ts";
import { exportAddress, exportBody, exportBytes } from "../../src/pages/explore/exports/exports.ts";
import { ordered, readLegendChoice, withColumn } from "../../src/pages/explore/legend/legendColumns.ts";
import { changeSince, markOf, type SeenSensor } from "../../src/pages/explore/notes/contentMark.ts";
import { aroundOf, backfillPeriod, brushed, packed } from "../../src/pages/explore/overview/around.ts";
import { plotRows } from "../../src/pages/explore/plotRows.ts";
import { runsOf } from "../../src/pages/explore/tools/sessionRuns.ts";
import { fromSamples } from "../../src/series/columns.ts";
import { isoTime, MINUTE } from "../../src/times.ts";
import { onwards, readView, writeView } from "../../src/view.ts";

const NOW = 1_000 * MINUTE;
const SEEN: SeenSensor = { count: 3600, min: -1.5, max: 88.25, mean: 12.125, versions: [1, 2] };

test("a mark tells what has changed, and not how a mean was summed", () => {
  const mark = markOf([SEEN, { ...SEEN, mean: null, count: 0, min: null, max: null }]);
  const now = (change: Partial<SeenSensor>) =>
    changeSince(
      mark,
      markOf([
        { ...SEEN, ...change },
        { ...SEEN, mean: null, count: 0, min: null, max: null },
      ]),
    );
  assert.equal(now({}), null);
  assert.equal(now({ mean: 12.125 * (1 + 1e-13) }), null);
  assert.equal(now({ versions: [2, 1] }), null);
  assert.equal(now({ count: 3637 }), "37 readings more");
  assert.equal(now({ count: 3599 }), "1 reading fewer");
  for (const change of [{ max: 88.5 }, { min: 0 }, { mean: 12.126 }, { versions: [2] }])
    assert.equal(now(change), "other values");
  assert.equal(changeSince(`9${mark.slice(1)}`, mark), null);
  assert.match(mark, /^[0-9a-z.-]+$/);
});

test("a mark survives the address, and goes when something else is asked for", () => {
  const view = readView(`s=0190f5fe-7c00-7a00-8000-000000000001&live=1m&seen=${markOf([SEEN])}`);
  assert.equal(readView(writeView(view)).seen, markOf([SEEN]));
  assert.equal(onwards(view, { ...view, markerA: 5 }).seen, view.seen);
  assert.equal(onwards(view, { ...view, layer: "raw" }).seen, null);
  assert.equal(onwards(view, { ...view, range: { kind: "last", lengthUs: MINUTE * 2 } }).seen, null);
  assert.equal(readView("seen=%3Cscript%3E").seen, null);
});

test("the overview stays while the window lies inside, and never reaches far into the future", () => {
  const window = { fromUs: NOW - 10 * MINUTE, toUs: NOW };
  const first = aroundOf(window, 8, NOW, null);
  assert.equal(first.toUs - first.fromUs, 80 * MINUTE);
  assert.ok(first.toUs < NOW + 4 * MINUTE);
  const moved = { fromUs: NOW - 20 * MINUTE, toUs: NOW - 10 * MINUTE };
  assert.equal(aroundOf(moved, 8, NOW, first), first);
  const away = { fromUs: NOW - 500 * MINUTE, toUs: NOW - 490 * MINUTE };
  const second = aroundOf(away, 8, NOW, first);
  assert.equal(second.toUs + second.fromUs, away.toUs + away.fromUs);
  const close = { fromUs: NOW - MINUTE, toUs: NOW };
  assert.equal(aroundOf(close, 8, NOW, first).toUs - aroundOf(close, 8, NOW, first).fromUs, 8 * MINUTE);
});

test("a brush moves, stretches, and draws anew, whichever way the hand goes", () => {
  const window = { fromUs: 100, toUs: 200 };
  assert.deepEqual(brushed(window, "whole", 150, 180), { fromUs: 130, toUs: 230 });
  assert.deepEqual(brushed(window, "from", 100, 60), { fromUs: 60, toUs: 200 });
  assert.deepEqual(brushed(window, "to", 200, 50), { fromUs: 50, toUs: 100 });
  assert.deepEqual(brushed(window, "new", 500, 300), { fromUs: 300, toUs: 500 });
});

test("no two pieces of a row are closer than a finger is wide", () => {
  const items = Array.from({ length: 40 }, (_, place) => ({
    fromUs: (place * 37) % 100,
    toUs: ((place * 37) % 100) + (place % 9),
  }));
  const rows = packed(items, 5);
  assert.equal(rows.flat().length, items.length);
  for (const row of rows)
    for (const [place, item] of row.slice(1).entries()) {
      const before = row[place];
      assert.ok(before && item.fromUs >= before.toUs && item.fromUs - before.fromUs >= 5);
    }
});

const session = (id: string, run: string, ordinal: number, fromUs: number, toUs: number | null) =>
  ({
    id,
    run_id: run,
    run_name: run,
    ordinal,
    started_at: isoTime(fromUs),
    stopped_at: toUs === null ? null : isoTime(toUs),
  }) as ProjectSession;

test("sessions stand by their run, from its first start to its last end", () => {
  const sessions = [
    session("c", "cold", 2, 500 * MINUTE, null),
    session("b", "warm", 1, 300 * MINUTE, 310 * MINUTE),
    session("a", "cold", 1, 100 * MINUTE, 110 * MINUTE),
  ];
  assert.deepEqual(
    runsOf(sessions, NOW).map((run) => [run.name, run.fromUs, run.toUs, run.sessions.length]),
    [
      ["cold", 100 * MINUTE, NOW, 2],
      ["warm", 300 * MINUTE, 310 * MINUTE, 1],
    ],
  );
});

test("a backfill's stretch is what it was asked for, or its session's", () => {
  const around = { fromUs: 0, toUs: NOW };
  const sessions = [session("a", "cold", 1, 100 * MINUTE, 110 * MINUTE)];
  const asked = (fields: Partial<Backfill>) =>
    backfillPeriod(
      {
        from: null,
        to: null,
        run: null,
        capture_session: null,
        created_at: isoTime(900 * MINUTE),
        ...fields,
      } as Backfill,
      sessions,
      around,
      NOW,
    );
  assert.deepEqual(asked({}), { fromUs: 0, toUs: 900 * MINUTE });
  assert.deepEqual(asked({ from: isoTime(5 * MINUTE), to: isoTime(6 * MINUTE) }), {
    fromUs: 5 * MINUTE,
    toUs: 6 * MINUTE,
  });
  assert.deepEqual(asked({ capture_session: "a" }), { fromUs: 100 * MINUTE, toUs: 110 * MINUTE });
  assert.deepEqual(asked({ run: "cold", from: isoTime(105 * MINUTE) }), {
    fromUs: 105 * MINUTE,
    toUs: 110 * MINUTE,
  });
  assert.equal(asked({ run: "elsewhere" }), null);
  assert.equal(asked({ from: isoTime(NOW + MINUTE), to: isoTime(NOW + 2 * MINUTE) }), null);
});

test("rows are ordered by any column, and what is not there comes last", () => {
  const rows = [2, Number.NaN, -1, null, 10];
  assert.deepEqual(
    ordered(rows, (row) => row, false),
    [-1, 2, 10, Number.NaN, null],
  );
  assert.deepEqual(
    ordered(rows, (row) => row, true),
    [10, 2, -1, Number.NaN, null],
  );
  assert.deepEqual(
    ordered(["p10", "p2"], (row) => row, false),
    ["p2", "p10"],
  );
});

test("a choice of columns survives being kept, and nonsense is none", () => {
  const choice = withColumn({ hidden: [], sort: "-max" }, "mean", false);
  assert.deepEqual(readLegendChoice(JSON.parse(JSON.stringify(choice))), choice);
  assert.deepEqual(withColumn(choice, "mean", true).hidden, []);
  for (const kept of [null, "x", { hidden: "mean", sort: 4 }, { sort: "nonsense" }])
    assert.deepEqual(readLegendChoice(kept), { hidden: ["bucket"], sort: null });
});

test("pages of a table hold every row of the window once", () => {
  const columns = (n: number) =>
    fromSamples(
      Float64Array.from({ length: n }, (_, row) => row * 10),
      Float64Array.from({ length: n }, (_, row) => row),
    );
  const lines = [7, 0, 25].map((n, place) => ({
    id: `${place}`,
    name: `${place}`,
    unit: "V",
    columns: columns(n),
  }));
  const keys: string[] = [];
  for (let skip = 0; skip < 32; skip += 4) {
    const { total, rows } = plotRows(lines, 0, 1000, skip, 4);
    assert.equal(total, 32);
    keys.push(...rows.map((row) => row.key));
  }
  assert.equal(new Set(keys).size, 32);
  assert.equal(plotRows(lines, 20, 50, 0, 100).total, 6);
});

test("flags are told in words, and those of a newer release by number", () => {
  assert.deepEqual(flagWords(0), []);
  assert.deepEqual(flagWords(1 | 16), ["below range", "saturated"]);
  assert.deepEqual(flagWords(4096 | 2), ["above range", "flag 4096"]);
});

test("an export asks for what is shown, and its size grows with what it holds", () => {
  const question = {
    sensors: ["0190f5fe-7c00-7a00-8000-000000000001", "0190f5fe-7c00-7a00-8000-000000000002"],
    fromUs: NOW,
    toUs: NOW + 1,
    layer: "both" as const,
    shape: "wide" as const,
    format: "csv" as const,
  };
  const asked = new URL(exportAddress(question), "http://portal").searchParams;
  assert.deepEqual(asked.getAll("sensor"), question.sensors);
  const { sensor: sensors, ...rest } = exportBody(question);
  assert.equal(sensors, question.sensors);
  for (const [name, value] of Object.entries(rest)) assert.equal(asked.get(name), value);
  assert.equal(exportBytes(0, question), 0);
  assert.ok(exportBytes(1000, { ...question, layer: "raw" }) < exportBytes(1000, question));
  assert.ok(exportBytes(1000, question) < exportBytes(1000, { ...question, shape: "long" }));
});
