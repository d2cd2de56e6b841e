import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, queryOf, specOf } from "../../src/pages/explore/views/savedViews.ts";
import { exploreAround } from "../../src/pages/journal/annotations.ts";
import { subjectOf } from "../../src/pages/journal/events.ts";
import { placeOf } from "../../src/ui/shell/foundPlaces.ts";
import { readView } from "../../src/view.ts";

const SENSOR = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11";

test("an event leads to what it is about", () => {
  const data = { sensor_id: SENSOR, sensor: "p1" };
  assert.deepEqual(subjectOf({ data }), { text: "p1", address: `/sensors/${SENSOR}` });
  assert.deepEqual(subjectOf({ data: { producer: "rig/daq" } }), { text: "rig/daq", address: "/gateways" });
  assert.deepEqual(subjectOf({ data: { artifact: "a", run: "r1", name: "report.pdf" } }), {
    text: "report.pdf",
    address: "/runs/r1",
  });
  assert.deepEqual(subjectOf({ data: { artifact: "a", run: "r1", name: null } }), {
    text: "a restricted file",
    address: "/runs/r1",
  });
  const off = { webhook_id: "w", url: "https://ci.example.org/hook", reason: "failing" };
  assert.deepEqual(subjectOf({ data: off }), { text: off.url, address: null });
  assert.deepEqual(subjectOf({ data: {} }), { text: "", address: null });
});

test("an annotation stands in the middle of its plot", () => {
  const annotation = { from: "2026-01-01T10:00:00Z", to: "2026-01-01T10:10:00Z", sensors: [SENSOR] };
  const view = readView(exploreAround(annotation).split("?")[1] ?? "");
  assert.deepEqual(
    view.sensors.map((pick) => pick.id),
    [SENSOR],
  );
  assert.equal(view.range.kind, "fixed");
  if (view.range.kind !== "fixed") return;
  assert.equal(view.range.toUs - view.range.fromUs, 3 * 600e6);
  assert.equal((view.markerA ?? 0) - view.range.fromUs, 600e6);
});

test("a kept view is found again at its address", () => {
  const query = `s=${SENSOR}&live=60s`;
  assert.equal(addressOf({ spec: specOf("/live", query) }), `/live?${query}`);
  assert.equal(addressOf({ spec: { version: 2, query } }), null);
  assert.equal(queryOf({ spec: { version: 1, page: "/explore", query } }), query);
});

test("what was found has a page", () => {
  assert.equal(placeOf({ kind: "run", id: SENSOR }), `/runs/${SENSOR}`);
  assert.equal(placeOf({ kind: "view", id: SENSOR }), `/views/${SENSOR}`);
});
