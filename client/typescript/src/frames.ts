/**
 * Data frames: columns of readings to a WebSocket message, and back. Pure.
 *
 * A binary frame is little-endian, column after column:
 *
 *     offset 0   "BG01"
 *            4   uint32 n
 *            8   uint64 seq
 *           16   int32 channel[n], zeros up to a multiple of 8
 *                int64 t_us[n]
 *                float64 value[n]
 */

const MAGIC = 0x3130_4742; // "BG01", little-endian
const HEADER_BYTES = 16;
export const MAX_SEQ = Number.MAX_SAFE_INTEGER;

/** Readings in the order they were taken: columns of one length. */
export interface Columns {
  /** Positions in the list of sensors that was bound. */
  channel: Int32Array;
  /** Microseconds since 1970 UTC. */
  tUs: BigInt64Array;
  /** Raw values. */
  value: Float64Array;
}

/** Columns under a number: 1 to 2^53 - 1, rising by one from frame to frame of a producer. */
export interface Frame extends Columns {
  seq: number;
}

/** How long a frame of `n` readings is. */
export function frameBytes(n: number): number {
  return valueOffset(n) + 8 * n;
}

/** How many readings fit into a frame of so many bytes. */
export function readingsThatFit(bytes: number): number {
  return Math.max(1, Math.floor((bytes - HEADER_BYTES - 4) / 20));
}

export function encodeFrame(seq: number, columns: Columns): ArrayBuffer {
  if (!Number.isSafeInteger(seq) || seq < 1) {
    throw new RangeError(`seq is ${seq}, it must lie between 1 and 2^53 - 1`);
  }
  const n = columns.channel.length;
  const message = new ArrayBuffer(frameBytes(n));
  const view = new DataView(message);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, n, true);
  view.setBigUint64(8, BigInt(seq), true);
  for (let i = 0; i < n; i++) {
    view.setInt32(HEADER_BYTES + 4 * i, columns.channel[i] ?? 0, true);
    view.setBigInt64(timeOffset(n) + 8 * i, columns.tUs[i] ?? 0n, true);
    view.setFloat64(valueOffset(n) + 8 * i, columns.value[i] ?? 0, true);
  }
  return message;
}

/** @throws RangeError: it is no frame. */
export function decodeFrame(message: ArrayBuffer): Frame {
  const view = new DataView(message);
  const n = message.byteLength < HEADER_BYTES ? 0 : view.getUint32(4, true);
  if (message.byteLength !== frameBytes(n) || view.getUint32(0, true) !== MAGIC) {
    throw new RangeError(`${message.byteLength} bytes that are no frame of ${n} readings`);
  }
  const frame: Frame = {
    seq: Number(view.getBigUint64(8, true)),
    channel: new Int32Array(n),
    tUs: new BigInt64Array(n),
    value: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    frame.channel[i] = view.getInt32(HEADER_BYTES + 4 * i, true);
    frame.tUs[i] = view.getBigInt64(timeOffset(n) + 8 * i, true);
    frame.value[i] = view.getFloat64(valueOffset(n) + 8 * i, true);
  }
  return frame;
}

function timeOffset(n: number): number {
  return HEADER_BYTES + Math.ceil((4 * n) / 8) * 8;
}

function valueOffset(n: number): number {
  return timeOffset(n) + 8 * n;
}
