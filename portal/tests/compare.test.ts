import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parametersOf,
  readComparison,
  sinceZero,
  wholeWindow,
  writeComparison,
  zeroOf,
} from "../src/pages/compare/compareState.ts";
import { elapsedText } from "../src/plot/ticks.ts";
import { fromSamples } from "../src/series/columns.ts";

const A = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11";
const B = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12";

test("the address is the comparison", () => {
  const query = `runs=${A},${B}&s=p1&s=${encodeURIComponent("a b&c")}&t0=session:2&shift=${B}:-1500&base=${B}&window=-1,5`;
  const read = readComparison(query);
  assert.deepEqual(read, {
    runs: [A, B],
    keys: ["p1", "a b&c"],
    start: 2,
    shiftUs: { [B]: -1500 },
    baseline: B,
    window: [-1, 5],
  });
  assert.equal(writeComparison(read), query);
});

test("what an address says wrongly is left out", () => {
  const read = readComparison(`runs=x,${A},${A}&t0=never&shift=${B}:5&base=${B}&window=5,1`);
  assert.deepEqual(read, { runs: [A], keys: [], start: "run", shiftUs: {}, baseline: null, window: null });
});

test("time is counted from the run's start or a session's, moved by hand", () => {
  const run = { id: A, started_at: "1970-01-01T00:00:10Z" };
  const sessions = [{ ordinal: 2, started_at: "1970-01-01T00:00:20Z" }];
  const at = (query: string) => zeroOf(readComparison(`runs=${A}${query}`), run, sessions);
  assert.equal(at(""), 10e6);
  assert.equal(at("&t0=session:2"), 20e6);
  assert.equal(at("&t0=session:3"), null);
  assert.equal(at(`&shift=${A}:-5`), 10e6 - 5);
  assert.equal(zeroOf(readComparison(`runs=${A}`), { id: A, started_at: null }, []), null);
});

test("the window holds the longest run", () => {
  const runs = [
    { zeroUs: 0, finished_at: "1970-01-01T00:05:00Z" },
    { zeroUs: null, finished_at: null },
    { zeroUs: 100e6, finished_at: null },
  ];
  assert.deepEqual(wholeWindow(runs, 1000e6), [0, 900e6]);
});

test("columns are moved, their values are not", () => {
  const columns = fromSamples(Float64Array.of(10, 20), Float64Array.of(1, 2));
  const moved = sinceZero(columns, 10);
  assert.deepEqual([...moved.tUs], [0, 10]);
  assert.equal(moved.first, columns.first);
});

test("parameters that differ come first", () => {
  const rows = parametersOf([{ params: { a: 1, b: "x" } }, { params: { a: 1, c: [2] } }]);
  assert.deepEqual(
    rows.map((row) => [row.name, row.values, row.isSame]),
    [
      ["b", ["x", "–"], false],
      ["c", ["–", "[2]"], false],
      ["a", ["1", "1"], true],
    ],
  );
});

test("time since a beginning reads as a stop-watch shows it", () => {
  assert.equal(elapsedText(0), "0:00");
  assert.equal(elapsedText(65e6), "1:05");
  assert.equal(elapsedText(3_750e6), "1:02:30");
  assert.equal(elapsedText(-250_000, 2), "−0:00.25");
  assert.equal(elapsedText(59_999_999, 0), "1:00");
  assert.equal(elapsedText(-1, 0), "0:00");
});
