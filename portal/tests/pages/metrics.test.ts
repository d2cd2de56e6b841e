import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "../../src/pages/runs/metrics/metricCsv.ts";
import {
  drawn,
  extentOf,
  leftOutText,
  lineOf,
  type MetricPoints,
  smoothed,
  tableRows,
} from "../../src/pages/runs/metrics/metricLines.ts";
import { readMetricState, writeMetricState } from "../../src/pages/runs/metrics/metricState.ts";

const OTHER = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12";

const POINTS: MetricPoints = {
  name: "loss",
  step: [1, 2, 3, 4],
  value: [8, "NaN", 0, "Infinity"],
  t_us: [4_000_000, 2_000_000, 3_000_000, 9_000_000],
  points: 4,
  is_sampled: false,
};

test("the address is what is shown", () => {
  const query = `tab=metrics&m=loss&m=a%26b&by=time&smooth=0.9&log=1&over=${OTHER}&window=1,5&table=1`;
  assert.equal(writeMetricState(readMetricState(query)), query);
  const none = readMetricState("smooth=2&over=x&window=5,1&by=never");
  assert.deepEqual(none, readMetricState(""));
});

test("as many runs are laid over one another as a comparison has", () => {
  const ids = Array.from({ length: 25 }, (_, place) => OTHER.slice(0, -2) + String(place).padStart(2, "0"));
  assert.deepEqual(readMetricState(`over=${ids.join()}`).over, ids.slice(0, 19));
});

test("points lie by step, or by the time since the run began", () => {
  assert.deepEqual([...lineOf(POINTS, "step", null).at], [1, 2, 3, 4]);
  const line = lineOf(POINTS, "time", 1_000_000);
  assert.deepEqual([...line.at], [1_000_000, 2_000_000, 3_000_000, 8_000_000]);
  assert.deepEqual([...line.step], [2, 3, 1, 4]);
  assert.deepEqual(extentOf([line]), [1_000_000, 8_000_000]);
  assert.deepEqual(extentOf([]), null);
});

test("what can't be drawn is left out, and told", () => {
  const line = lineOf(POINTS, "step", null);
  assert.deepEqual([...drawn(line, line.value, false).first], [8, 0]);
  assert.deepEqual([...drawn(line, line.value, true).first], [Math.log10(8)]);
  assert.equal(leftOutText(line, false), "1 NaN, 1 infinite");
  assert.match(leftOutText(line, true), /1 0 or less/);
});

test("a smoothed line begins at the first value, and NaN changes nothing", () => {
  const found = smoothed(Float64Array.of(4, Number.NaN, 0), 0.5);
  assert.equal(found[0], 4);
  assert.ok(Number.isNaN(found[1]));
  assert.ok(Math.abs((found[2] ?? 0) - 4 / 3) < 1e-12);
  assert.deepEqual([...smoothed(Float64Array.of(1, 2), 0)], [1, 2]);
});

test("a table has a row for each place, and tells NaN from nothing", () => {
  const one = lineOf(POINTS, "step", null);
  const other = lineOf({ ...POINTS, step: [2, 5, 6, 7] }, "step", null);
  const rows = tableRows([one, other], [2, 5]);
  assert.deepEqual(
    rows.map((row) => row.at),
    [2, 3, 4, 5],
  );
  assert.deepEqual(rows[0]?.values, [Number.NaN, 8]);
  assert.deepEqual(rows[1]?.values, [0, null]);
});

test("what is seen is CSV, with nothing that a spreadsheet would compute", () => {
  const line = lineOf(POINTS, "step", null);
  const text = csvOf([{ run: "=a,b", runId: OTHER, name: "loss", line }], [1, 2]);
  assert.equal(
    text,
    `run_id,run,name,step,time,value\n${OTHER},"'=a,b",loss,1,1970-01-01T00:00:04Z,8\n${OTHER},"'=a,b",loss,2,1970-01-01T00:00:02Z,NaN\n`,
  );
});
