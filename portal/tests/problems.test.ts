import assert from "node:assert/strict";
import { test } from "node:test";
import { Problem, problemOf } from "../src/api/problems.ts";

test("a problem document is told in its own words, with what is wrong at each field", () => {
  const problem = new Problem(422, {
    title: "Not valid",
    detail: "the body is not valid",
    request_id: "r-1",
    errors: [{ pointer: "/name", detail: "is too long" }],
  });
  assert.deepEqual(
    [problem.title, problem.message, problem.requestId],
    ["Not valid", "the body is not valid", "r-1"],
  );
  assert.equal(problem.faultOf("/name"), "is too long");
  assert.equal(problem.faultOf("/key"), null);
  assert.deepEqual(problem.faultsBeside(["/name"]), []);
});

test("an answer that is no problem document still has a title", () => {
  for (const body of [null, "<html>", { errors: "x" }]) {
    const problem = new Problem(503, body, "7");
    assert.equal(problem.title, "The server is busy");
    assert.deepEqual([problem.faults, problem.retryAfterS, problem.isPassing], [[], 7, true]);
  }
});

test("what passes by itself is told from what does not", () => {
  assert.ok(problemOf(new TypeError("Failed to fetch")).isPassing);
  assert.ok(!problemOf(new Error("a fault of ours")).isPassing);
  for (const status of [401, 403, 404, 409, 412, 422]) assert.ok(!new Problem(status, {}).isPassing);
});

test("a change that came second is told to people, who know of no versions", () => {
  const problem = new Problem(412, { title: "Stale", detail: "the item is at version 3; read it again" });
  assert.equal(problem.title, "Somebody else has changed this meanwhile");
  assert.doesNotMatch(problem.message, /version/);
});
