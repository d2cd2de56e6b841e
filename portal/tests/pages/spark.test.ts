import assert from "node:assert/strict";
import { test } from "node:test";
import { sparkPath } from "../../src/pages/live/spark.ts";
import { noColumns } from "../../src/series/columns.ts";

function columns(times: number[], low: number[], high: number[]) {
  const [min, max] = [Float64Array.from(low), Float64Array.from(high)];
  const tUs = Float64Array.from(times);
  return {
    ...noColumns(),
    end: times.length,
    tUs,
    first: min,
    min,
    max,
    last: max,
    count: min,
    bucketUs: 10,
  };
}

test("a spike of one reading reaches the top, and a silence breaks the line", () => {
  const path = sparkPath(columns([0, 10, 90], [0, 0, 0], [1, 9, 1]), 0, 100, 100, 18);
  assert.equal(path.match(/M/g)?.length, 2);
  assert.match(path, /L15\.0 17\.0V17\.0V1\.0V1\.0/);
});

test("what does not change runs through the middle, and nothing is no line", () => {
  assert.match(sparkPath(columns([0, 10], [3, 3], [3, 3]), 0, 100, 100, 18), /^M5\.0 9\.0/);
  assert.equal(sparkPath(noColumns(), 0, 100, 100, 18), "");
  assert.equal(sparkPath(columns([0], [Number.NaN], [Number.NaN]), 0, 100, 100, 18), "");
});
