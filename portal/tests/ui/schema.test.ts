import assert from "node:assert/strict";
import { test } from "node:test";
import { blank, inputKind, numberOr, parseRows, rowsText, variantOf } from "../../src/ui/forms/schema.ts";

const NUMBER = { type: "number" };

test("each schema gets the input that fits it", () => {
  assert.equal(inputKind({ enum: ["a"] }), "choice");
  assert.equal(inputKind(NUMBER), "number");
  assert.equal(inputKind({ type: "array", items: NUMBER }), "numbers");
  assert.equal(inputKind({ type: "array", items: { type: "array", items: NUMBER } }), "rows");
  assert.equal(inputKind({ type: "object", properties: { a: NUMBER } }), "object");
  assert.equal(inputKind({ type: "object", additionalProperties: NUMBER }), "json");
  assert.equal(inputKind({ oneOf: [NUMBER] }), "variants");
  assert.equal(inputKind({ type: "array", items: { type: "object" } }), "json");
});

test("points are pasted as they stand in a certificate, and come back as they are", () => {
  const points = [
    [0, 0],
    [4.096, 100],
    [-8, 2e2],
  ];
  assert.deepEqual(parseRows("0\t0\n4.096, 100\n\n -8 ; 2e2 "), points);
  assert.deepEqual(parseRows(rowsText(points)), points);
});

test("what is no number stays as it was typed", () => {
  assert.equal(numberOr("12,5"), "12,5");
  assert.equal(numberOr("1e-3"), 0.001);
  assert.equal(numberOr(""), "");
});

test("a variant is known by its form, and a form begins with what must be there", () => {
  const fixed = { type: "object", properties: { temperature_c: NUMBER }, required: ["temperature_c"] };
  const measured = { type: "object", properties: { channel: { type: "string" } }, required: ["channel"] };
  const variants = [{ const: "ohm" }, fixed, measured];
  assert.deepEqual(
    ["ohm", { temperature_c: 0 }, { channel: "t" }].map((value) => variantOf(variants, value)),
    [0, 1, 2],
  );
  const schema = {
    type: "object",
    properties: {
      coding: { enum: ["unsigned", "signed"] },
      bits: NUMBER,
      wires: { type: "integer", default: 4 },
    },
    required: ["coding", "bits"],
  };
  assert.deepEqual(blank(schema), { coding: "unsigned" });
});
