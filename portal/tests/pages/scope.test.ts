import assert from "node:assert/strict";
import { test } from "node:test";
import {
  periodText,
  planAddress,
  readPeriod,
  readScope,
  roundPeriod,
  scopeBody,
} from "../../src/pages/backfills/scope.ts";
import { noColumns } from "../../src/series/columns.ts";
import { differenceOf } from "../../src/series/difference.ts";

const NOW = Date.parse("2026-11-26T12:00:00Z") * 1000;
const AT = Date.parse("2026-11-26T10:00:00Z") * 1000;

test("a period that was chosen by hand reads as the same period, to the microsecond", () => {
  for (const period of [
    { fromUs: AT, toUs: AT + 5_400_000_000 },
    { fromUs: AT + 1, toUs: AT + 1_000_007 },
    { fromUs: AT, toUs: null },
    { fromUs: null, toUs: AT },
    { fromUs: null, toUs: null },
  ]) {
    for (const zone of ["utc", "local"] as const) {
      assert.deepEqual(readPeriod(periodText(period, zone), NOW, zone), period);
    }
  }
});

test("periods are typed as in the time picker", () => {
  assert.deepEqual(readPeriod("last 2 h", NOW, "utc"), { fromUs: NOW - 7_200_000_000, toUs: NOW });
  assert.equal(readPeriod("some time ago", NOW, "utc"), null);
  assert.equal(readPeriod("from some time", NOW, "utc"), null);
});

test("an address names the scope that the form holds", () => {
  const address = planAddress({ sensors: ["a", "b"], run: "r", from: "2026-11-26T10:00:00Z" });
  const scope = readScope(address.slice(address.indexOf("?")), "utc");
  assert.deepEqual(scope, {
    sensors: ["a", "b"],
    run: "r",
    session: null,
    profile: null,
    period: "from 2026-11-26 10:00:00",
  });
  assert.deepEqual(scopeBody(scope, { fromUs: AT, toUs: null }), {
    sensors: ["a", "b"],
    run: "r",
    from: "2026-11-26T10:00:00Z",
  });
});

test("what differs is told of the same readings alone", () => {
  const columns = (times: number[], values: number[]) => {
    const value = Float64Array.from(values);
    const same = { first: value, min: value, max: value, last: value };
    return { ...noColumns(), ...same, end: times.length, tUs: Float64Array.from(times), count: value };
  };
  const old = columns([1, 2, 3], [10, 20, Number.NaN]);
  assert.deepEqual(
    [...(differenceOf(old, columns([1, 2, 3], [11, 18, 5]))?.last ?? [])],
    [1, -2, Number.NaN],
  );
  assert.deepEqual([...(differenceOf(old, columns([0, 2, 4], [11, 18, 5]))?.tUs ?? [])], [2]);
  assert.equal(differenceOf(old, columns([4], [1])), null);
  assert.equal(differenceOf(noColumns(), noColumns()), null);
});

test("a period chosen by hand is as round as the plot lets it be", () => {
  const second = 1_000_000;
  assert.deepEqual(roundPeriod(AT + 1_740_003, AT + 1, 3600 * second), { fromUs: AT, toUs: AT + 2 * second });
  assert.deepEqual(roundPeriod(AT + 3, AT + 4, 86_400 * second), { fromUs: AT, toUs: AT + 60 * second });
  assert.deepEqual(roundPeriod(AT + 3.2, AT + 9.9, 20), { fromUs: AT + 3, toUs: AT + 10 });
});
