import assert from "node:assert/strict";
import { test } from "node:test";
import { takeColumns } from "../src/columns.ts";
import { Pending } from "../src/pending.ts";

const one = (value: number) => takeColumns([0], [value], [value], 1);

test("nothing goes before a bind, and no more than the window", () => {
  const pending = new Pending();
  for (const value of [1, 2, 3]) {
    pending.push(one(value));
  }
  assert.equal(pending.next(8), undefined);
  pending.number(40);
  assert.equal(pending.next(2)?.seq, 41);
  assert.equal(pending.next(2)?.seq, 42);
  assert.equal(pending.next(2), undefined);
});

test("what a cut left is sent again under its number, and what was stored is forgotten", () => {
  const pending = new Pending();
  pending.number(0);
  for (const value of [1, 2, 3]) {
    pending.push(one(value));
  }
  pending.next(8);
  pending.next(8);
  pending.rewind();
  pending.settle(1);
  const next = pending.next(8);
  assert.deepEqual([next?.seq, next?.columns.value[0], pending.readings], [2, 2, 2]);
});

/** A model: frames as a list, whatever the order of pushes, sends, acks and cuts. */
test("any order of events sends each frame in its turn", () => {
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % most;
  };
  for (let round = 0; round < 200; round++) {
    const pending = new Pending();
    pending.number(0);
    let pushed = 0;
    let stored = 0;
    let sent = 0;
    for (let step = 0; step < 60; step++) {
      const act = random(4);
      if (act === 0) {
        pushed += 1;
        pending.push(one(pushed));
      } else if (act === 1) {
        const next = pending.next(4);
        if (next === undefined) {
          assert.ok(sent === pushed || sent - stored >= 4);
        } else {
          sent += 1;
          assert.deepEqual([next.seq, next.columns.value[0]], [sent, sent]);
        }
      } else if (act === 2) {
        stored += random(sent - stored + 1);
        pending.settle(stored);
      } else {
        pending.rewind();
        sent = stored;
      }
      assert.deepEqual([pending.lastSeq, pending.length], [pushed, pushed - stored]);
    }
  }
});
