import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeFrame, encodeFrame, frameBytes, readingsThatFit } from "../src/frames.ts";

interface Vector {
  name: string;
  seq: number;
  channel: number[];
  t_us: string[];
  value_bits: string[];
  hex: string;
}

const path = new URL("../../../docs/protocol-vectors.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(path, "utf8")) as { frames: Vector[] };

function columns(vector: Vector) {
  const bits = BigUint64Array.from(vector.value_bits, (each) => BigInt(`0x${each}`));
  return {
    channel: Int32Array.from(vector.channel),
    tUs: BigInt64Array.from(vector.t_us, BigInt),
    value: new Float64Array(bits.buffer),
  };
}

for (const vector of frames) {
  test(`frame: ${vector.name}`, () => {
    const message = encodeFrame(vector.seq, columns(vector));
    assert.equal(Buffer.from(message).toString("hex"), vector.hex);
    assert.deepEqual(decodeFrame(message), { seq: vector.seq, ...columns(vector) });
  });
}

test("as many readings as fit, and no more", () => {
  for (let bytes = 64; bytes < 2000; bytes++) {
    const n = readingsThatFit(bytes);
    assert.ok(frameBytes(n) <= bytes);
    assert.ok(frameBytes(n + 2) > bytes);
  }
});

test("what is no frame is refused", () => {
  for (const hex of ["", "424730", "42473031000000", `42473032${"00".repeat(12)}`]) {
    assert.throws(() => decodeFrame(Uint8Array.from(Buffer.from(hex, "hex")).buffer), RangeError);
  }
});
