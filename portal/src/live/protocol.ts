/** The messages of the live WebSocket (docs/asyncapi-live.yaml), read and written. Pure. */

import type { Layer } from "../view.ts";

export interface WatchMessage {
  type: "watch";
  id: number;
  sensors: string[];
  layer: Layer;
  from: string;
  to?: string;
  columns: number;
  rate_hz: number;
  since?: string;
}

export type ClientMessage = WatchMessage | { type: "unwatch"; id: number } | { type: "ready" };

export type WatchedChannel =
  | { channel: number; sensor_id: string; unit: string }
  | { channel: number; error: "unknown-sensor" | "forbidden" };

export interface Watching {
  type: "watching";
  id: number;
  kind: "buckets" | "samples" | null;
  bucket_us: number | null;
  channels: WatchedChannel[];
}

export interface Alive {
  type: "alive";
  id: number;
  position: string;
  server_us: number;
}

export interface LiveError {
  type: "error";
  id?: number;
  code: string;
  detail: string;
}

export type ServerMessage = Watching | Alive | LiveError;

/** One range of one channel, and the rows that replace what was there. */
export interface PatchPiece {
  channel: number;
  fromUs: number;
  toUs: number;
  rows: number;
  readings: number;
}

export interface Patch {
  watch: number;
  position: string;
  serverUs: number;
  late: number;
  pieces: PatchPiece[];
  kind: "buckets" | "samples";
  /** `t_us, first, min, max, last, count`, or `t_us, value`: the rows of all pieces, one after the other. */
  columns: Float64Array[];
}

const MAGIC = 0x31304c42; // BL01
const HEAD_BYTES = 8;
const BUCKET_COLUMNS = 6;
const SAMPLE_COLUMNS = 2;

interface Header {
  watch: number;
  position: string;
  server_us: number;
  late: number;
  patches: [number, number, number, number, number][];
}

/** A patch; throws where the bytes are none. */
export function readPatch(bytes: ArrayBuffer): Patch {
  const view = new DataView(bytes);
  if (bytes.byteLength < HEAD_BYTES || view.getUint32(0, true) !== MAGIC) throw new Error("not a patch");
  const length = view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, HEAD_BYTES, length))) as Header;
  const pieces = header.patches.map(([channel, fromUs, toUs, rows, readings]) => ({
    channel,
    fromUs,
    toUs,
    rows,
    readings,
  }));
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const start = HEAD_BYTES + length;
  const count = rows ? (bytes.byteLength - start) / 8 / rows : SAMPLE_COLUMNS;
  if (count !== BUCKET_COLUMNS && count !== SAMPLE_COLUMNS) throw new Error("a patch of unknown columns");
  const columns = Array.from({ length: count }, (_, place) => numbers(bytes, start + place * rows * 8, rows));
  return {
    watch: header.watch,
    position: header.position,
    serverUs: header.server_us,
    late: header.late,
    pieces,
    kind: count === BUCKET_COLUMNS ? "buckets" : "samples",
    columns,
  };
}

function numbers(bytes: ArrayBuffer, start: number, rows: number): Float64Array {
  return new Float64Array(bytes, start, rows);
}
