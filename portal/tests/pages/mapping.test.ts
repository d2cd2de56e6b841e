import assert from "node:assert/strict";
import { test } from "node:test";
import type { Previewed } from "../../src/api/types.ts";
import { chosenOf, type FileMapping, mappingOf, missingIn } from "../../src/pages/imports/mapping.ts";

const preview = { format: "csv", csv: { delimiter: ";" } } as unknown as Previewed;
const wide = {
  format: "csv",
  csv: { delimiter: ";" },
  time: { column: "Zeit", format: "pattern", pattern: "%d.%m.%Y", zone: "Europe/Berlin" },
  columns: { Druck: "rig.p1" },
} as unknown as FileMapping;
const long = {
  format: "csv",
  csv: { delimiter: ";" },
  time: { column: "t", format: "epoch_s" },
  sensor: "name",
  value: "v",
} as unknown as FileMapping;

test("a description survives the form, wide or long", () => {
  assert.deepEqual(mappingOf(chosenOf(wide, ["Zeit", "Druck", "Notiz"]), preview), wide);
  assert.deepEqual(mappingOf(chosenOf(long, ["t", "name", "v"]), preview), long);
});

test("what is missing is said, and nothing is made of it", () => {
  const empty = chosenOf(null, ["a", "b"]);
  assert.match(missingIn(empty) ?? "", /the time/);
  const timed = { ...empty, uses: { a: "time" as const, b: "skip" as const } };
  assert.match(missingIn(timed) ?? "", /values are missing/);
  assert.equal(mappingOf(timed, preview), null);
  assert.match(missingIn({ ...timed, time: { format: "pattern" } }) ?? "", /how the time is written/);
  const mixed = { ...empty, uses: { a: "time" as const, b: "series" as const, c: "value" as const } };
  assert.match(missingIn(mixed) ?? "", /Either/);
});

test("sensors that rows name are called otherwise here, or left out", () => {
  const chosen = chosenOf(long, ["t", "name", "v"], ["ch1", "ch2"]);
  assert.deepEqual(mappingOf(chosen, preview), long);
  const named = { ch1: { isRead: true, key: "rig.p1" }, ch2: { isRead: false, key: "ch2" } };
  const renamed = { ...long, names: { ch1: "rig.p1" }, units: { "rig.p1": "psi" } };
  const made = mappingOf({ ...chosen, named, units: { "rig.p1": "psi", ch2: "V" } }, preview);
  assert.deepEqual(made, renamed);
  assert.deepEqual(chosenOf(made, ["t", "name", "v"], ["ch1", "ch2"]).named, named);
  assert.match(missingIn({ ...chosen, named: { ch1: { isRead: true, key: " " } } }) ?? "", /which sensor/);
  assert.match(missingIn({ ...chosen, named: { ch1: { isRead: false, key: "a" } } }) ?? "", /One sensor/);
});

test("units of columns go with their sensors", () => {
  const chosen = { ...chosenOf(wide, ["Zeit", "Druck"]), units: { "rig.p1": "psi", gone: "V", empty: "" } };
  assert.deepEqual(mappingOf(chosen, preview), { ...wide, units: { "rig.p1": "psi" } });
  assert.deepEqual(chosenOf(mappingOf(chosen, preview), ["Zeit", "Druck"]).units, { "rig.p1": "psi" });
});
