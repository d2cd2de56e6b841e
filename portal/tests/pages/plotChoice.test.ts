import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FIRST_CHOICE,
  readPlotChoice,
  someOf,
  withPlotChoice,
} from "../../src/pages/runs/plots/plotChoice.ts";

function sensors(...keys: string[]) {
  return keys.map((key) => ({ key, latest: key.endsWith("!") ? null : {} }));
}

const keysOf = (chosen: readonly { key: string }[]) => chosen.map((each) => each.key).join(" ");

test("a choice stands in the address beside what else it says", () => {
  const choice = { text: "p1", tag: "hot", unit: "bar", page: 3 };
  const query = withPlotChoice("tab=overview", choice);
  assert.equal(query, "tab=overview&q=p1&tag=hot&unit=bar&plots=3");
  assert.deepEqual(readPlotChoice(query), choice);
  assert.equal(withPlotChoice(query, FIRST_CHOICE), "tab=overview");
});

test("what narrows begins at the first page, and an address without a choice has none", () => {
  assert.equal(readPlotChoice("tag=hot").page, 1);
  assert.equal(withPlotChoice("", { ...FIRST_CHOICE, tag: "hot", page: 1 }), "tag=hot");
  assert.equal(withPlotChoice("", { ...FIRST_CHOICE, page: 1 }), "plots=1");
  for (const query of ["", "plots=0", "plots=-1", "plots=x", "tab=metrics"])
    assert.deepEqual(readPlotChoice(query), FIRST_CHOICE);
});

test("the first choice is of groups that lie far apart", () => {
  const racks = Array.from({ length: 20 }, (_, rack) =>
    Array.from({ length: 100 }, (_, channel) => `rack-${rack}/ch-${channel}`),
  );
  const chosen = someOf(sensors(...racks.flat().reverse()), 4);
  assert.equal(keysOf(chosen), "rack-0/ch-0 rack-5/ch-0 rack-10/ch-0 rack-15/ch-0");
});

test("few groups give more than one each, and keys without a group are one", () => {
  assert.equal(keysOf(someOf(sensors("b/1", "b/2", "b/3", "a/1", "a/2"), 4)), "a/1 a/2 b/1 b/2");
  assert.equal(keysOf(someOf(sensors("c", "b", "a"), 2)), "a b");
  assert.equal(keysOf(someOf(sensors("p1"), 6)), "p1");
  assert.deepEqual(someOf([], 6), []);
});

test("what has measured nothing comes last, and only where there is room", () => {
  assert.equal(keysOf(someOf(sensors("a/1!", "b/1", "c/1"), 2)), "b/1 c/1");
  assert.equal(keysOf(someOf(sensors("a/1!", "b/1"), 6)), "b/1 a/1!");
});
