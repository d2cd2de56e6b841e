import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, takeColumns } from "../src/columns.ts";

test("times as numbers, bigints and dates", () => {
  const taken = takeColumns([0, 1, 1], [1, 2n ** 62n, new Date(3)], new Float32Array([1, 2, Number.NaN]), 2);
  assert.deepEqual([...taken.tUs], [1n, 2n ** 62n, 3000n]);
  assert.deepEqual([...taken.value], [1, 2, Number.NaN]);
});

const REFUSED: [string, number[], (number | bigint | Date)[], unknown[]][] = [
  ["other lengths", [0], [1, 2], [1]],
  ["a channel beyond", [2], [1], [1]],
  ["a negative channel", [-1], [1], [1]],
  ["half a channel", [0.5], [1], [1]],
  ["half a microsecond", [0], [1.5], [1]],
  ["a time that is not exact", [0], [2 ** 60], [1]],
  ["a time beyond int64", [0], [2n ** 63n], [1]],
  ["no date", [0], [new Date("never")], [1]],
  ["a text", [0], [1], ["21.5"]],
];
for (const [name, channel, tUs, value] of REFUSED) {
  test(`refused: ${name}`, () => {
    assert.throws(() => takeColumns(channel, tUs, value as number[], 2), RangeError);
  });
}

test("parts, one after the other", () => {
  const columns = takeColumns([0, 0, 0, 0, 0], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 1);
  const parts = cut(columns, 2);
  assert.deepEqual(
    parts.map((part) => [...part.value]),
    [[1, 2], [3, 4], [5]],
  );
  assert.deepEqual(cut(takeColumns([], [], [], 1), 2), []);
});
