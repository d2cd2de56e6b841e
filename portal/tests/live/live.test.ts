import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LivePicture } from "../../src/live/picture.ts";
import { type Patch, readPatch } from "../../src/live/protocol.ts";
import { LiveColumns } from "../../src/live/ring.ts";
import { copyOf } from "../../src/series/columns.ts";

interface Row {
  t: number;
  v: number;
}

function held(columns: LiveColumns): Row[] {
  const rows: Row[] = [];
  for (let row = columns.start; row < columns.end; row += 1) {
    rows.push({ t: columns.tUs[row] ?? 0, v: columns.last[row] ?? 0 });
  }
  return rows;
}

test("the document's own example is read", () => {
  const text = readFileSync(new URL("../../../docs/asyncapi-live.yaml", import.meta.url), "utf8");
  const hex = /payload: "(424c3031[0-9a-f\\\s]+)"/.exec(text)?.[1]?.replace(/\\|\s/g, "") ?? "";
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const patch = readPatch(bytes.buffer);
  assert.deepEqual(patch.pieces, [{ channel: 0, fromUs: 100, toUs: 200, rows: 1, readings: 1 }]);
  assert.deepEqual(
    patch.columns.map((column) => [...column]),
    [[150], [0.5]],
  );
  assert.deepEqual(
    [patch.watch, patch.position, patch.serverUs, patch.late, patch.kind],
    [1, "s1.6f1d20c3.a:1:1:", 200, 0, "samples"],
  );
});

test("what is no patch is refused", () => {
  assert.throws(() => readPatch(new ArrayBuffer(4)));
  assert.throws(() => readPatch(new ArrayBuffer(64)));
});

test("after any patches, what is held equals what they say, within the room there is", () => {
  let seed = 42;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  for (let round = 0; round < 50; round += 1) {
    const most = 40;
    const columns = new LiveColumns(most, 0);
    let truth: Row[] = [];
    let edge = 0;
    for (let step = 0; step < 200; step += 1) {
      const from = random(4) ? edge : Math.max(0, edge - random(60));
      const to = from + 1 + random(8);
      const rows = Array.from({ length: random(to - from + 1) }, (_, place) => ({
        t: from + place,
        v: random(1000),
      }));
      const t = Float64Array.from(rows, (row) => row.t);
      const v = Float64Array.from(rows, (row) => row.v);
      columns.replace(from, to, [t, v], 0, rows.length);
      truth = [...truth.filter((row) => row.t < from || row.t >= to), ...rows].sort(
        (one, other) => one.t - other.t,
      );
      edge = Math.max(edge, to);
      const kept = held(columns);
      assert.ok(kept.length <= most);
      assert.deepEqual(kept, truth.slice(truth.length - kept.length));
      truth = kept;
    }
  }
});

test("a picture that is drawn otherwise begins anew, the same one goes on", () => {
  const picture = new LivePicture(["x"], 60_000_000, 1000);
  const watching = (bucket_us: number | null) =>
    ({
      type: "watching",
      id: 1,
      kind: bucket_us ? "buckets" : "samples",
      bucket_us,
      channels: [{ channel: 0, sensor_id: "x", unit: "Pa" }],
    }) as const;
  const patch: Patch = {
    watch: 1,
    position: "s1",
    serverUs: 1000,
    late: 2,
    pieces: [{ channel: 0, fromUs: 0, toUs: 100, rows: 1, readings: 1 }],
    kind: "samples",
    columns: [Float64Array.of(50), Float64Array.of(7)],
  };
  picture.begin({ ...watching(null), channels: [...watching(null).channels] });
  picture.take(patch, 1);
  picture.begin({ ...watching(null), channels: [...watching(null).channels] });
  assert.equal(picture.channels[0]?.columns.rows, 1);
  assert.equal(picture.lateShown(500), 2);
  assert.equal(picture.lateShown(50_000), 0);
  picture.begin({ ...watching(50_000), channels: [...watching(null).channels] });
  assert.equal(picture.channels[0]?.columns.rows, 0);
});

test("a copy of what is held stays as it was, whatever comes after", () => {
  const columns = new LiveColumns(4, 0);
  columns.replace(0, 10, [Float64Array.of(1, 2), Float64Array.of(5, 6)], 0, 2);
  const copy = copyOf(columns);
  columns.replace(0, 10, [Float64Array.of(9), Float64Array.of(9)], 0, 1);
  columns.forgetBefore(100);
  assert.deepEqual([[...copy.tUs], [...copy.last], copy.start, copy.end], [[1, 2], [5, 6], 0, 2]);
});

const WATCHING = {
  type: "watching" as const,
  id: 1,
  kind: "samples" as const,
  bucket_us: null,
  channels: [{ channel: 0, sensor_id: "a", unit: "bar" }],
};

function samples(fromUs: number, toUs: number, times: number[], position: string): Patch {
  return {
    watch: 1,
    position,
    serverUs: toUs,
    late: 0,
    pieces: [{ channel: 0, fromUs, toUs, rows: times.length, readings: times.length }],
    kind: "samples",
    columns: [Float64Array.from(times), Float64Array.from(times)],
  };
}

test("samples are held, however many, until the server draws buckets of them", () => {
  const picture = new LivePicture(["a"], 60_000_000, 10);
  picture.begin(WATCHING);
  const times = Array.from({ length: 5000 }, (_, place) => 1000 * place);
  for (let step = 0; step < 10; step += 1) {
    const some = times.slice(step * 500, step * 500 + 500);
    picture.take(samples(step * 500_000, (step + 1) * 500_000, some, String(step)), 0);
  }
  assert.deepEqual(
    held(picture.channels[0]?.columns as LiveColumns).map((row) => row.t),
    times,
  );
});

test("a picture that is begun in another way holds nothing, and does not say that it does", () => {
  const picture = new LivePicture(["a"], 60_000_000, 10);
  picture.begin(WATCHING);
  picture.take(samples(0, 10, [5], "s1.here"), 0);
  assert.equal(picture.position, "s1.here");
  picture.begin({ ...WATCHING, kind: "buckets", bucket_us: 1000 });
  assert.equal(picture.position, null);
  // Cut before its first patch, it is drawn as it was before.
  picture.begin(WATCHING);
  assert.deepEqual([picture.position, picture.channels[0]?.columns.rows], [null, 0]);
});

test("the server's clock is measured anew by each connection, and after a sleep", () => {
  const picture = new LivePicture(["a"], 60_000_000, 10);
  picture.holds("s1.a", 1_000_000_000, 0);
  picture.holds("s1.a", 1_001_000_000, 2000);
  // The second message took a second longer.
  assert.equal(picture.nowUs(2000), 1_002_000_000);
  picture.doubtClock();
  assert.equal(picture.nowUs(2000), 1_002_000_000);
  picture.holds("s1.a", 1_001_500_000, 3000);
  assert.equal(picture.nowUs(3000), 1_001_500_000);
  picture.loseClock();
  assert.ok(Math.abs(picture.nowUs(3000) - Date.now() * 1000) < 1e6);
});
