import assert from "node:assert/strict";
import { test } from "node:test";
import { limitText, numberOf, violationAddress } from "../../src/pages/journal/limits.ts";
import { readView } from "../../src/view.ts";

const SENSOR = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11";

test("limits read as people write them", () => {
  assert.equal(limitText({ min: 0, max: 6.5 }), "0 … 6.5");
  assert.equal(limitText({ min: null, max: 6.5 }), "≤ 6.5");
  assert.equal(limitText({ min: -1, max: null }), "≥ −1");
});

test("a violation is shown with some time around it", () => {
  const over = readView(
    violationAddress(SENSOR, "2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z").split("?")[1] ?? "",
  );
  assert.equal(over.range.kind === "fixed" && over.range.toUs - over.range.fromUs, 121e6);
  const lasting = readView(violationAddress(SENSOR, "2026-01-01T10:00:00Z", null).split("?")[1] ?? "");
  assert.equal(lasting.markerB, null);
});

test("nothing typed is nothing, a comma is a point", () => {
  assert.equal(numberOf(" "), null);
  assert.equal(numberOf("2,5"), 2.5);
});
