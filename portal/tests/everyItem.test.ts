import assert from "node:assert/strict";
import { test } from "node:test";
import { everyItem } from "../src/api/everyItem.ts";

test("a list is read to its end, however many pages it has", async () => {
  const asked: (string | undefined)[] = [];
  const pages: Record<string, { items: number[]; next_cursor: string | null }> = {
    first: { items: [1, 2], next_cursor: "second" },
    second: { items: [3], next_cursor: "third" },
    third: { items: [], next_cursor: null },
  };
  const items = await everyItem(async ({ limit, cursor }) => {
    assert.equal(limit, 500);
    asked.push(cursor);
    return pages[cursor ?? "first"] ?? { items: [] };
  });
  assert.deepEqual(items, [1, 2, 3]);
  assert.deepEqual(asked, [undefined, "second", "third"]);
});
