import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComparisonAnswer } from "../../src/api/types.ts";
import {
  bandOf,
  columnsOf,
  differenceColumns,
  meetingColumns,
  windowOf,
} from "../../src/pages/compare/answers.ts";
import {
  beyond,
  comparisonOf,
  nudgeUs,
  questionOf,
  readComparison,
  writeComparison,
} from "../../src/pages/compare/compareState.ts";
import { sorted, statisticsOf } from "../../src/pages/compare/results/statistics.ts";
import { elapsedText, evenMarks, numberMarks, numberStep, powerMarks } from "../../src/plot/ticks.ts";

const A = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11";
const B = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12";

test("the address is the comparison", () => {
  const query = `runs=${A},${B}&s=p1&s=${encodeURIComponent("a b&c")}&t0=session:2&shift=${B}:-1500&base=${B}&window=-1,5`;
  const read = readComparison(query);
  assert.deepEqual(read, {
    kind: "runs",
    members: [A, B],
    subject: "sensors",
    keys: ["p1", "a b&c"],
    by: "step",
    zero: { kind: "session", ordinal: 2 },
    shifts: { [B]: -1500 },
    baseline: B,
    window: [-1, 5],
    saved: null,
  });
  assert.equal(writeComparison(read), query);
});

test("whatever is counted from comes back from the address", () => {
  for (const zero of [
    { kind: "start" },
    { kind: "session", ordinal: 7 },
    { kind: "annotation", tag: "a:b & 50%" },
    { kind: "crossing", key: "chamber:p 1/%41", value: -5.25, isRising: true },
    { kind: "crossing", key: "p1", value: 1e-7, isRising: false },
  ] as const) {
    const comparison = { ...readComparison(`sessions=${A},${B}`), zero };
    assert.deepEqual(readComparison(writeComparison(comparison)), comparison);
  }
});

test("what an address names beyond what is compared at once is told", () => {
  const ids = Array.from({ length: 23 }, (_, place) => `${A.slice(0, -2)}${String(place).padStart(2, "0")}`);
  const keys = Array.from({ length: 9 }, (_, place) => `s=k${place}`).join("&");
  assert.deepEqual(beyond(`runs=${ids.slice(0, 20)}&s=p1`), []);
  assert.deepEqual(beyond(`sessions=${ids}`), ["The first 20 of 23 capture sessions are compared."]);
  assert.deepEqual(beyond(`runs=${ids}&of=metrics&${keys}`), [
    "The first 20 of 23 runs are compared.",
    "The first 8 of 9 metrics are shown.",
  ]);
});

test("what an address says wrongly is left out", () => {
  const read = readComparison(
    `runs=x,${A},${A}&t0=never&shift=${B}:5&base=${B}&window=5,1&saved=x&sessions=${B}`,
  );
  assert.deepEqual(read, {
    kind: "runs",
    members: [A],
    subject: "sensors",
    keys: [],
    by: "step",
    zero: { kind: "start" },
    shifts: {},
    baseline: null,
    window: null,
    saved: null,
  });
});

test("what is asked and kept is the same comparison", () => {
  const comparison = readComparison(
    `sessions=${A},${B}&s=p1&t0=crossing:p1:5:falling&shift=${A}:7&base=${B}&window=-1,5&saved=${A}`,
  );
  const question = questionOf(comparison, ["p1"], 5000);
  assert.deepEqual(question, {
    capture_sessions: [A, B],
    sensors: ["p1"],
    align: { sensor: "p1", crosses: 5, rising: false },
    shift_us: { [A]: 7 },
    from_us: -1,
    to_us: 5,
    baseline: B,
    columns: 4000,
  });
  assert.deepEqual(comparisonOf({ id: A, question }), comparison);
});

test("an arrow moves by a round part of what is shown", () => {
  assert.equal(nudgeUs(200e6), 1_000_000);
  assert.equal(nudgeUs(250e6), 2_000_000);
  assert.equal(nudgeUs(1900), 10);
  assert.equal(nudgeUs(0), 1);
});

const named = (run_id: string) => ({ run_id, capture_session_id: null });
const totals = { count: 2, min: 1, max: 3, mean: 2, stddev: null };
const answer = {
  grid: { start_us: -100, bucket_us: 100, n: 3, start_step: null, bucket_steps: null },
  members: [
    {
      ...named(A),
      name: "one",
      series: [
        {
          key: "p1",
          unit: "bar",
          index: [0, 2],
          first: [1, 3],
          min: [1, 3],
          max: [1, 3],
          last: [1, 3],
          count: [1, 1],
        },
      ],
    },
    { ...named(B), name: "two", series: [] },
  ],
  spread: [
    {
      key: "p1",
      unit: "bar",
      index: [0, 2],
      members: [1, 2],
      min: [1, 2],
      max: [1, 3],
      mean: [1, 2.5],
      stddev: [null, 1],
    },
  ],
  difference: [
    {
      ...named(B),
      key: "p1",
      unit: "bar",
      rms: 1,
      max: -1,
      at_us: 100,
      at_step: null,
      index: [2],
      value: [-1],
    },
  ],
  summary: [
    { ...named(A), key: "p1", unit: "bar", ...totals },
    { ...named(B), key: "p1", unit: "bar", ...totals, min: null, mean: 1 },
  ],
} as unknown as ComparisonAnswer;

test("buckets become columns of time since T0", () => {
  const [one, two] = answer.members as [ComparisonAnswer["members"][0], ComparisonAnswer["members"][0]];
  assert.deepEqual([...columnsOf(answer.grid, one, "p1").tUs], [-100, 100]);
  assert.equal(columnsOf(answer.grid, two, "p1").end, 0);
  assert.deepEqual([...differenceColumns(answer, B, "p1").last], [-1]);
  assert.equal(differenceColumns(answer, A, "p1").end, 0);
  assert.deepEqual(windowOf(answer.grid), [-100, 200]);
});

test("columns are so few that readings meet in them", () => {
  assert.equal(meetingColumns(answer), 2);
  assert.equal(meetingColumns({ ...answer, grid: { ...answer.grid, n: 2 } }), null);
  assert.equal(meetingColumns({ ...answer, summary: [] }), null);
});

test("a band needs two members", () => {
  const band = bandOf(answer, "p1");
  assert.deepEqual([...(band?.tUs ?? [])], [100]);
  assert.deepEqual([...(band?.low ?? []), ...(band?.high ?? [])], [2, 3]);
  assert.equal(bandOf(answer, "p2"), null);
});

test("statistics are sorted by any column, what is missing last", () => {
  const rows = statisticsOf(answer);
  const names = (sort: string) => sorted(rows, sort).map((row) => row.name);
  assert.deepEqual(names(""), ["one", "two"]);
  assert.deepEqual(names("mean"), ["two", "one"]);
  assert.deepEqual(names("-mean"), ["one", "two"]);
  assert.deepEqual(names("min"), ["one", "two"]);
  assert.deepEqual(names("-min"), ["one", "two"]);
  assert.deepEqual(names("-name"), ["two", "one"]);
  assert.equal(rows[1]?.at, 100);
});

test("time since a beginning reads as a stop-watch shows it", () => {
  assert.equal(elapsedText(0), "0:00");
  assert.equal(elapsedText(65e6), "1:05");
  assert.equal(elapsedText(3_750e6), "1:02:30");
  assert.equal(elapsedText(-250_000, 2), "−0:00.25");
  assert.equal(elapsedText(59_999_999, 0), "1:00");
  assert.equal(elapsedText(-1, 0), "0:00");
});

test("metrics by step are asked, kept and shown by steps", () => {
  const query = `runs=${A},${B}&of=metrics&s=loss&shift=${B}:3&window=1,9`;
  const read = readComparison(query);
  assert.equal(writeComparison(read), query);
  const question = questionOf(read, ["loss"], 100);
  assert.deepEqual(question, {
    runs: [A, B],
    metrics: ["loss"],
    by: "step",
    shift_steps: { [B]: 3 },
    from_step: 1,
    to_step: 9,
    columns: 100,
  });
  assert.deepEqual(comparisonOf({ id: A, question }), { ...read, saved: A });
  const byTime = questionOf({ ...read, by: "time" }, ["loss"], 100);
  assert.deepEqual([byTime.from_us, byTime.align, byTime.shift_us], [1, "start", { [B]: 3 }]);
});

test("steps are marked at round numbers, and powers of ten at theirs", () => {
  assert.equal(numberStep(1000, 720), 100);
  assert.equal(numberStep(3, 720), 1);
  assert.deepEqual(numberMarks(-3, 12, 5), [0, 5, 10]);
  assert.deepEqual(powerMarks(-2, 3), [-2, -1, 0, 1, 2, 3]);
  assert.equal(powerMarks(0, 1).length, 9);
  assert.deepEqual(evenMarks(0.1, 0.45, 0.1), [0.1, 0.2, 0.3, 0.4]);
  const counts = [9007199254740100, 9007199254740200];
  assert.deepEqual(evenMarks(9007199254740050, 9007199254740250, 100), counts);
});
