import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agoText,
  durationText,
  fromClock,
  HOUR,
  isoTime,
  parseSpan,
  parseTime,
  spanText,
  timeText,
} from "../src/times.ts";

test("a time keeps its microseconds, there and back", () => {
  for (const text of ["2026-11-26T10:00:00Z", "2026-11-26T10:00:00.000001Z", "1969-12-31T23:59:59.5Z"]) {
    assert.equal(isoTime(parseTime(text) ?? Number.NaN), text);
  }
  assert.equal(parseTime("2026-11-26T10:00:00.123456789Z"), 1795687200123457);
  assert.equal(parseTime("2026-11-26T12:00:00+02:00"), parseTime("2026-11-26T10:00:00Z"));
});

test("what is no time is null", () => {
  for (const text of ["", "now", "2026-13-01T00:00:00Z", "2026-11-26T10:00:00"])
    assert.equal(parseTime(text), null);
});

test("a length keeps its unit", () => {
  for (const text of ["1us", "1500ms", "90s", "2h", "3d"]) assert.equal(spanText(parseSpan(text) ?? 0), text);
  assert.equal(parseSpan("0s"), null);
  assert.equal(parseSpan("5 s"), null);
});

test("lengths and ages read well", () => {
  assert.equal(durationText(840), "840 µs");
  assert.equal(durationText(3_250_000), "3.25 s");
  assert.equal(durationText(80 * 60_000_000), "1 h 20 min");
  assert.equal(durationText(-90_000_000), "−1 min 30 s");
  assert.equal(agoText(0, 12_500_000), "12 s ago");
  assert.equal(agoText(0, 3 * 24 * HOUR + 5), "3 d ago");
});

test("no time stands without its zone", () => {
  assert.equal(
    timeText(parseTime("2026-11-26T10:00:00.25Z") ?? 0, "utc", 3),
    "26 Nov 2026, 10:00:00.250 UTC",
  );
});

test("a wall clock's time goes there and back in the browser's zone", () => {
  const text = "2026-07-01T12:30";
  const us = fromClock(text, "local") ?? 0;
  const shown = new Date(us / 1000);
  assert.deepEqual([shown.getMonth(), shown.getDate(), shown.getHours(), shown.getMinutes()], [6, 1, 12, 30]);
});
