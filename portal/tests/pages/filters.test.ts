import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asked,
  cleared,
  countFilters,
  daysOfMonth,
  isMonth,
  readRunFilters,
  writeRunFilters,
} from "../../src/pages/runs/list/runFilters.ts";
import { chunksOf, mayBecome, movesOf } from "../../src/pages/runs/runMoves.ts";
import {
  askedOfSensors,
  countSensorFilters,
  readSensorFilters,
  writeSensorFilters,
} from "../../src/pages/sensors/sensorFilters.ts";

const A = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11";

test("the address is what narrows runs down", () => {
  const query = `q=valve+3&status=failed&tag=hot&tag=a%26b&sensor=${A}&profile=${A}&experiment=${A}&created_by=${A}&git=beef&from=2026-11-01&to=2026-11-30&sort=name`;
  const filters = readRunFilters(query);
  assert.equal(writeRunFilters(filters), query);
  assert.equal(countFilters(filters), 10);
  assert.deepEqual(asked(filters), {
    q: "valve 3",
    status: "failed",
    tag: ["hot", "a&b"],
    sensor: A,
    profile: A,
    experiment: A,
    git_sha: "beef",
    created_by: A,
    started_from: "2026-11-01T00:00:00Z",
    started_to: "2026-12-01T00:00:00Z",
  });
  assert.equal(writeRunFilters(cleared(filters)), "sort=name");
});

test("what an address says wrongly narrows nothing down", () => {
  const filters = readRunFilters("status=lost&sensor=x&profile=1&from=yesterday&to=2026&sort=size&tag=");
  assert.equal(countFilters(filters), 0);
  assert.equal(writeRunFilters(filters), "");
  assert.equal(asked(readRunFilters("to=2026-13-99")).started_to, "9999-12-31T00:00:00Z");
});

test("a month is its days", () => {
  assert.deepEqual(daysOfMonth("2028-02"), { from: "2028-02-01", to: "2028-02-29" });
  assert.deepEqual(daysOfMonth("2026-12"), { from: "2026-12-01", to: "2026-12-31" });
  assert.ok(isMonth(readRunFilters("from=2026-12-01&to=2026-12-31"), "2026-12"));
  assert.ok(!isMonth(readRunFilters("from=2026-12-01"), "2026-12"));
});

test("the address is what narrows sensors down", () => {
  const run = "0b6f1d5e-7a44-4c5e-9d0c-0f6f0f6a3c11";
  const query = `q=p1&connection=online&status=active&kind=pressure&unit=%C2%B0C&run=${run}&tag=hot&sort=-last_seen_at`;
  const filters = readSensorFilters(query);
  assert.equal(writeSensorFilters(filters), query);
  assert.equal(countSensorFilters(filters), 7);
  assert.deepEqual(askedOfSensors(filters), {
    q: "p1",
    connection: "online",
    status: "active",
    kind: "pressure",
    unit: "°C",
    run,
    tag: ["hot"],
  });
  assert.equal(countSensorFilters(readSensorFilters("connection=asleep&run=mine&sort=weight")), 0);
});

test("runs move as the API lets them", () => {
  assert.deepEqual(movesOf("running"), [
    ["finished", "Finish"],
    ["failed", "It failed"],
  ]);
  assert.ok(!mayBecome("archived", "running"));
  assert.deepEqual(chunksOf([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(chunksOf([], 2), []);
});
