import assert from "node:assert/strict";
import { test } from "node:test";
import type { Previewed } from "../src/api/types.ts";
import { chosenOf, type FileMapping, mappingOf, missingIn } from "../src/pages/imports/mapping.ts";

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
