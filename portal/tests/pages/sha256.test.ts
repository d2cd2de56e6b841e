import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Sha256 } from "../../src/pages/files/sha256.ts";

const bytes = new Uint8Array(1000).map((_, n) => (n * 31 + (n >> 3)) & 255);

test("it is SHA-256, whatever the length", () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const content = bytes.subarray(0, length);
    assert.equal(new Sha256().update(content).end(), createHash("sha256").update(content).digest("hex"));
  }
});

test("it does not matter where a file is cut", () => {
  const whole = createHash("sha256").update(bytes).digest("hex");
  for (const step of [1, 7, 63, 64, 65, 500]) {
    const hash = new Sha256();
    for (let at = 0; at < bytes.length; at += step) hash.update(bytes.subarray(at, at + step));
    assert.equal(hash.end(), whole);
  }
});
