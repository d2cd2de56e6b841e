import assert from "node:assert/strict";
import { test } from "node:test";
import { typedRange, zoomed } from "../src/ranges.ts";
import { parseTime } from "../src/times.ts";
import {
  frozen,
  MOST_SENSORS,
  moved,
  namedBeyond,
  plotNumbers,
  readView,
  withoutSensor,
  withSensor,
  writeView,
} from "../src/view.ts";

const P1 = "0190f5fe-7c00-7a00-8000-000000000001";
const P2 = "0190f5fe-7c00-7a00-8000-000000000002";
const NOW = parseTime("2026-11-26T10:00:00Z") ?? 0;

test("a view survives its URL", () => {
  for (const query of [
    `s=${P1}&s=${P2}:raw&plots=0,0&from=2026-11-26T09:00:00Z&to=2026-11-26T09:00:00.00001Z`,
    `s=${P1}&live=90s&layer=raw&asof=2026-11-01T00:00:00Z&y0=-1.5,100&a=2026-11-26T09:00:00Z&b=2026-11-26T09:30:00Z&tz=utc`,
    "live=1h",
  ]) {
    assert.equal(writeView(readView(query)), query);
    assert.deepEqual(readView(writeView(readView(query))), readView(query));
  }
});

test("what a URL says wrongly is left out, and nothing throws", () => {
  const view = readView(
    "s=nonsense&from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&y0=9,1&a=x&tz=mars&live=-4s",
  );
  assert.equal(writeView(view), "live=1h");
});

test("it is told where an address names more sensors than are drawn", () => {
  const naming = (count: number) =>
    Array.from({ length: count }, (_, place) => `s=${P1.slice(0, -4)}${1000 + place}`).join("&");
  assert.equal(namedBeyond(`${naming(MOST_SENSORS)}&${naming(3)}&live=1h`), 0);
  assert.equal(namedBeyond(naming(MOST_SENSORS + 1)), MOST_SENSORS + 1);
  assert.equal(readView(naming(MOST_SENSORS + 1)).sensors.length, MOST_SENSORS);
});

test("a sensor is there once", () => {
  const view = withSensor(withSensor(withSensor(readView(""), P1), P2), P1);
  assert.deepEqual(
    view.sensors.map((pick) => pick.plot),
    [0, 1],
  );
});

test("plots stay numbered without gaps, and keep their limits", () => {
  const view = {
    ...withSensor(withSensor(readView(""), P1), P2),
    yRanges: { 1: [0, 5] as [number, number] },
  };
  const without = withoutSensor(view, P1);
  assert.deepEqual(plotNumbers(without), [0]);
  assert.deepEqual(without.yRanges, { 0: [0, 5] });
  assert.deepEqual(plotNumbers(moved(view, P2, 0)), [0]);
});

test("a frozen link no longer moves", () => {
  assert.match(
    writeView(frozen(readView(`s=${P1}&live=1m`), NOW, "utc")),
    /from=2026-11-26T09:59:00Z&to=2026-11-26T10:00:00Z&tz=utc$/,
  );
});

test("people type periods as they speak", () => {
  const last = (text: string) => typedRange(text, NOW, "utc");
  assert.deepEqual(last("last 2 h"), { kind: "last", lengthUs: 7_200_000_000 });
  assert.deepEqual(last("90 seconds"), { kind: "last", lengthUs: 90_000_000 });
  assert.deepEqual(last("past hour"), { kind: "last", lengthUs: 3_600_000_000 });
  assert.deepEqual(last("-5m"), { kind: "last", lengthUs: 300_000_000 });
  for (const text of ["2026-11-25 10:00 to 11:30", "2026-11-25T10:00:00Z – 2026-11-25T11:30:00Z"]) {
    assert.deepEqual(last(text), { kind: "fixed", fromUs: NOW - 24 * 3.6e9, toUs: NOW - 22.5 * 3.6e9 });
  }
  assert.deepEqual(last("yesterday"), { kind: "fixed", fromUs: NOW - 34 * 3.6e9, toUs: NOW - 10 * 3.6e9 });
  assert.deepEqual(last("2026-11-25"), last("yesterday"));
  for (const text of ["", "soon", "11:00 to 10:00", "last 0 h", "5 parsecs"]) assert.equal(last(text), null);
});

test("zooming keeps the moment under the pointer where it is", () => {
  const range = zoomed({ fromUs: 0, toUs: 1000 }, 250, 0.5);
  assert.deepEqual(range, { kind: "fixed", fromUs: 125, toUs: 625 });
});
