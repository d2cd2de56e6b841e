import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonOf } from "../../src/pages/explore/tools/python.ts";
import { actionOf } from "../../src/plot/keys.ts";
import { parseTime } from "../../src/times.ts";

const pressed = (
  key: string,
  held: Partial<Record<"shiftKey" | "ctrlKey" | "metaKey" | "altKey", boolean>> = {},
) => actionOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

test("keys of a plot do what the help says, and leave those of the browser alone", () => {
  assert.deepEqual(pressed("ArrowRight"), { do: "cursor", share: 0.01 });
  assert.deepEqual(pressed("ArrowLeft", { shiftKey: true }), { do: "pan", share: -0.25 });
  assert.deepEqual(pressed("+"), { do: "zoom", factor: 0.5 });
  assert.deepEqual(pressed("A"), { do: "a" });
  assert.deepEqual(pressed("?", { shiftKey: true }), { do: "help" });
  for (const key of ["Tab", "Enter", "x"]) assert.equal(pressed(key), null);
  for (const held of ["ctrlKey", "metaKey", "altKey"] as const)
    assert.equal(pressed("a", { [held]: true }), null);
});

test("the Python asks for what is shown, whatever a key holds", () => {
  const text = pythonOf({
    origin: "http://127.0.0.1:8000",
    sensors: [{ id: "0190f5fe-7c00-7a00-8000-000000000001", key: "p1\nimport os" }],
    layer: "raw",
    fromUs: parseTime("2026-11-26T10:00:00Z") ?? 0,
    toUs: parseTime("2026-11-26T10:00:00.00001Z") ?? 0,
    columns: 800,
    asOf: "2026-11-01T00:00:00Z",
  });
  assert.match(text, /"0190f5fe-7c00-7a00-8000-000000000001", {2}# p1 import os\n/);
  assert.match(
    text,
    /"from": "2026-11-26T10:00:00Z",\n {4}"to": "2026-11-26T10:00:00.00001Z",\n {4}"layer": "raw",/,
  );
  assert.match(text, /"columns": 800,\n {4}"as_of": "2026-11-01T00:00:00Z",/);
});
