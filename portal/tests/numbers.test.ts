import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesText,
  countText,
  markTexts,
  rateText,
  steppedText,
  unitText,
  valueText,
} from "../src/numbers.ts";

test("marks of an axis have as many digits as tell them apart, and fit", () => {
  assert.equal(steppedText(0.5, 0.5), "0.5");
  assert.equal(steppedText(0.75, 0.25), "0.75");
  assert.equal(steppedText(7.5, 2.5), "7.5");
  assert.equal(steppedText(7.5e-7, 2.5e-7), "7.5e−7");
  assert.equal(steppedText(0.30000000000000004, 0.10000000000000003), "0.3");
  assert.equal(steppedText(-12, 2), "−12");
  assert.equal(steppedText(2e-6, 1e-6), "2e−6");
  assert.equal(steppedText(-1.5e-6, 5e-7), "−1.5e−6");
  assert.equal(steppedText(0, 1e-6), "0");
  for (const step of [1e-12, 1e-5, 0.02, 5, 1e4, 1e9]) {
    for (const count of [-7, 1, 3])
      assert.ok(steppedText(count * step, step).length <= 8, steppedText(count * step, step));
  }
});

test("marks that differ far behind their first digits say how far they are above the first", () => {
  assert.deepEqual(markTexts([0, 0.25, 0.5]), ["0", "0.25", "0.50"]);
  assert.deepEqual(markTexts([1234567, 1234568]), ["≈1.23e6", "+1"]);
  assert.deepEqual(markTexts([9007199254740000, 9007199254740200, 9007199254740400]), [
    "≈9.01e15",
    "+200",
    "+400",
  ]);
  assert.deepEqual(markTexts([12345678, 12345679]), ["≈1.23e7", "+1"]);
  assert.deepEqual(markTexts([123456.7, 123456.8]), ["123456.7", "123456.8"]);
  assert.deepEqual(markTexts([]), []);
});

test("values, counts, rates and sizes read well", () => {
  assert.equal(valueText(3.5603746e-7), "3.5604e−7");
  assert.equal(valueText(131917.12345), "131917");
  assert.equal(valueText(null), "–");
  assert.equal(countText(1234567), "1 234 567");
  assert.equal(rateText(10_000), "10\u00a0kHz");
  assert.equal(bytesText(61_234_567), "61.2 MB");
});

test("a power of ten has no zeros that say nothing, and one way to be written", () => {
  assert.equal(valueText(1e15), "1e15");
  assert.equal(valueText(9007199254740992), "9.0072e15");
  assert.equal(valueText(-2.5e-13), "−2.5e−13");
  assert.equal(valueText(1.04e15), "1.04e15");
});

test("what has the unit 1 has none beside its number", () => {
  assert.equal(unitText("1"), "");
  assert.equal(unitText("bar"), "bar");
  assert.equal(unitText(null), "");
});
