import assert from "node:assert/strict";
import { test } from "node:test";
import { oldestOverdue } from "../src/waking.ts";

test("an answer is overdue when it should have come three times, and for longer than a moment", () => {
  const asked = [{ everyMs: 1000, answeredMs: 0 }];
  assert.equal(oldestOverdue(asked, 14_000), null);
  assert.equal(oldestOverdue(asked, 16_000), 0);
  assert.equal(oldestOverdue([{ everyMs: 30_000, answeredMs: 0 }], 89_000), null);
  assert.equal(oldestOverdue([{ everyMs: 30_000, answeredMs: 0 }], 91_000), 0);
});

test("of several that are overdue the oldest is told, and one that is fresh hides none", () => {
  const asked = [
    { everyMs: 1000, answeredMs: 3_600_000 },
    { everyMs: 1000, answeredMs: 60_000 },
    { everyMs: 1000, answeredMs: 30_000 },
  ];
  assert.equal(oldestOverdue(asked, 3_600_000), 30_000);
  assert.equal(oldestOverdue([], 3_600_000), null);
});
