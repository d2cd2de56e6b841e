import assert from "node:assert/strict";
import { test } from "node:test";
import { evenMarks, timeLabels, timeMarks, timeStep, uncutLabels } from "../../src/plot/ticks.ts";
import { parseTime } from "../../src/times.ts";

const START = parseTime("2026-11-26T10:00:00Z") ?? 0;

test("from ten microseconds to a year there are a few marks, all of them different", () => {
  for (let length = 10; length < 3.4e13; length *= 3.7) {
    const step = timeStep(length, 1000);
    const marks = timeMarks(START, START + length, step, "utc");
    assert.ok(marks.length <= 12, `${length}: ${marks.length}`);
    assert.ok(marks.length >= 2, `${length}: ${marks.length}`);
    const labels = timeLabels(marks, step, "utc").map((label) => label.split("\n")[0]);
    if (length < 8e10) assert.equal(new Set(labels).size, labels.length, `${labels}`);
  }
});

test("a mark tells one microsecond from the next", () => {
  assert.deepEqual(timeLabels([START, START + 1], 1, "utc"), [
    "10:00:00.000000\n26 Nov 2026",
    "10:00:00.000001",
  ]);
});

test("a new day is named where it begins", () => {
  const midnight = parseTime("2026-11-27T00:00:00Z") ?? 0;
  const labels = timeLabels([midnight - 3.6e9, midnight, midnight + 3.6e9], 3.6e9, "utc");
  assert.deepEqual(labels, ["23:00\n26 Nov 2026", "00:00\n27 Nov 2026", "01:00"]);
});

test("what the right edge would cut is left out, whichever line is the longer", () => {
  assert.deepEqual(uncutLabels(["10:00:00", "10:00:30", "10:01:00"], [300, 26, 12]), [
    "10:00:00",
    "10:00:30",
    "",
  ]);
  assert.deepEqual(uncutLabels(["00:00\n27 Nov 2026"], [30]), [""]);
});

test("an axis of values has two marks or more", () => {
  assert.deepEqual(evenMarks(3.1e-7, 4.9e-7, 1e-7), [3.5e-7, 4e-7, 4.5e-7]);
  assert.deepEqual(evenMarks(0, 2, 1), [0, 1, 2]);
});
