import assert from "node:assert/strict";
import { test } from "node:test";
import { mergePatch } from "../src/mergePatch.ts";

test("a patch makes one document of the other", () => {
  const before = { runs: ["a", "b"], align: { annotation: "fire" }, shift_us: { a: 1, b: 2 }, columns: 5 };
  const after = { runs: ["a"], align: { sensor: "p", crosses: 5 }, shift_us: { b: 3 } };
  assert.deepEqual(mergePatch(before, after), {
    columns: null,
    runs: ["a"],
    align: { annotation: null, sensor: "p", crosses: 5 },
    shift_us: { a: null, b: 3 },
  });
  assert.deepEqual(mergePatch({ align: "start" }, { align: { annotation: "x" } }), {
    align: { annotation: "x" },
  });
});
