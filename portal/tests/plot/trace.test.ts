import assert from "node:assert/strict";
import { test } from "node:test";
import { aired, valueLimits } from "../../src/plot/limits.ts";
import { type Place, trace, xOf, yOf } from "../../src/plot/trace.ts";
import { extremes, fromSamples, rowFrom, seenAt, silences, usualGap } from "../../src/series/columns.ts";
import { joined } from "../../src/series/joined.ts";

const PLACE: Place = {
  fromUs: 0,
  toUs: 1_000_000,
  left: 60,
  width: 1000,
  top: 10,
  height: 200,
  low: -2,
  high: 12,
};

class Written {
  points: [number, number][] = [];
  moves = 0;
  moveTo(x: number, y: number) {
    this.moves += 1;
    this.points.push([x, y]);
  }
  lineTo(x: number, y: number) {
    this.points.push([x, y]);
  }
}

function noise(n: number, spikes: Map<number, number>) {
  const t = Float64Array.from({ length: n }, (_, row) => (row * 1_000_000) / n);
  const value = Float64Array.from({ length: n }, (_, row) => spikes.get(row) ?? Math.sin(row));
  return fromSamples(t, value);
}

test("a spike of one reading is drawn at its own height, however many readings share its pixel", () => {
  for (const row of [0, 77_777, 123_456, 199_999]) {
    const columns = noise(200_000, new Map([[row, 10]]));
    const pen = new Written();
    const strokes = trace(pen, columns, PLACE, 1e9);
    const x = Math.round(xOf(PLACE, columns.tUs[row] ?? 0));
    assert.ok(
      pen.points.some((point) => point[0] === x && Math.abs(point[1] - yOf(PLACE, 10)) < 1e-9),
      `${row}`,
    );
    assert.ok(strokes <= 1001);
  }
});

test("no more is drawn than was read: every point lies between least and greatest", () => {
  const pen = new Written();
  trace(pen, noise(50_000, new Map()), PLACE, 1e9);
  for (const [, y] of pen.points) assert.ok(y >= yOf(PLACE, 1) && y <= yOf(PLACE, -1));
});

test("a silence breaks the line, a missing value too", () => {
  const t = Float64Array.from([0, 1000, 2000, 500_000, 501_000]);
  const pen = new Written();
  trace(pen, fromSamples(t, Float64Array.from([1, 1, 1, 1, 1])), PLACE, 10_000);
  assert.equal(pen.moves, 2);
  const holed = new Written();
  trace(
    holed,
    fromSamples(Float64Array.from([0, 1e5, 2e5]), Float64Array.from([1, Number.NaN, 1])),
    PLACE,
    1e9,
  );
  assert.equal(holed.moves, 2);
});

test("what a moment shows is the row before it, unless a gap lies between", () => {
  const columns = fromSamples(Float64Array.from([100, 200, 300]), Float64Array.from([1, 2, 3]));
  assert.equal(seenAt(columns, 250, 1000)?.last, 2);
  assert.equal(seenAt(columns, 300, 1000)?.last, 3);
  assert.equal(seenAt(columns, 99, 1000), null);
  assert.equal(seenAt(columns, 5000, 1000), null);
  assert.equal(rowFrom(columns, 200), 1);
  assert.deepEqual(extremes(columns, 150, 301), [2, 3]);
});

test("a cursor on a reading shows that one, also at times of today", () => {
  const begin = 1_795_737_731_305_742;
  const t = Float64Array.from({ length: 50 }, (_, row) => begin + row);
  const columns = fromSamples(
    t,
    Float64Array.from(t, (us) => us - begin),
  );
  for (let row = 0; row < 50; row += 1)
    for (const shift of [0, 0.25, 0.75]) assert.equal(seenAt(columns, begin + row + shift, 10)?.last, row);
  assert.equal(seenAt(columns, begin - 0.25, 10), null);
});

test("silences are those of all lines together", () => {
  const one = fromSamples(Float64Array.from([0, 10, 20, 500, 510]), new Float64Array(5));
  const other = fromSamples(Float64Array.from([20, 30, 40]), new Float64Array(3));
  const lines = [one, other].map((columns) => ({ columns, gapUs: 50 }));
  assert.deepEqual(silences(lines, 0, 600, 60), [
    [40, 500],
    [510, 600],
  ]);
  assert.equal(usualGap(one), 40);
});

test("a window between two readings shows the line between them", () => {
  const columns = joined([[0, 1]], fromSamples(new Float64Array(0), new Float64Array(0)), [[100, 3]]);
  assert.deepEqual(valueLimits([{ columns }], 40, 60, null), aired(1, 3));
  const pen = new Written();
  trace(pen, columns, { ...PLACE, fromUs: 40, toUs: 60 }, 1e9);
  assert.equal(pen.points.length, 2);
});

test("a live axis stays while everything fits, and follows what does not", () => {
  const line = (low: number, high: number) => ({
    columns: fromSamples(Float64Array.of(0, 1), Float64Array.of(low, high)),
  });
  assert.deepEqual(valueLimits([line(1, 9)], 0, 2, [0, 10]), [0, 10]);
  assert.deepEqual(valueLimits([line(1, 11)], 0, 2, [0, 10]), aired(1, 11));
  assert.deepEqual(valueLimits([line(4, 5)], 0, 2, [0, 10]), aired(4, 5));
  assert.deepEqual(valueLimits([line(5, 5)], 0, 2, null), [4.95, 5.05]);
});

test("a reading at the end of the window is seen; a bucket that begins there is not", () => {
  const columns = fromSamples(Float64Array.of(0, 1, 5), Float64Array.of(1, 2, 9));
  assert.deepEqual(extremes(columns, 0, 5), [1, 9]);
  assert.deepEqual(extremes({ ...columns, bucketUs: 1 }, 0, 5), [1, 2]);
});
