/** What a caller gives, checked and copied into columns. Pure. */

import type { Columns } from "./frames.ts";

/** Microseconds since 1970 UTC as a number or a bigint, or a `Date`. */
export type Time = number | bigint | Date;

/**
 * Columns of one length, checked: nothing lands at another sensor or time than the one that was meant.
 *
 * @throws RangeError: lengths differ, a channel is none of the bound ones, or a time is no whole microsecond.
 */
export function takeColumns(
  channel: ArrayLike<number>,
  tUs: ArrayLike<Time>,
  value: ArrayLike<number>,
  channels: number,
): Columns {
  const n = channel.length;
  if (tUs.length !== n || value.length !== n) {
    throw new RangeError(
      `channel, tUs and value must be of one length; these are ${n}, ${tUs.length} and ${value.length}`,
    );
  }
  const columns: Columns = {
    channel: new Int32Array(n),
    tUs: new BigInt64Array(n),
    value: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    columns.channel[i] = checkedChannel(channel[i], channels);
    columns.tUs[i] = microseconds(tUs[i]);
    columns.value[i] = checkedValue(value[i]);
  }
  return columns;
}

/** Parts of at most so many readings, as views. */
export function cut(columns: Columns, most: number): Columns[] {
  const parts: Columns[] = [];
  for (let start = 0; start < columns.channel.length; start += most) {
    parts.push({
      channel: columns.channel.subarray(start, start + most),
      tUs: columns.tUs.subarray(start, start + most),
      value: columns.value.subarray(start, start + most),
    });
  }
  return parts;
}

function checkedChannel(channel: number | undefined, channels: number): number {
  if (!Number.isInteger(channel) || channel === undefined || channel < 0 || channel >= channels) {
    throw new RangeError(`there is no channel ${channel}: ${channels} sensors were named`);
  }
  return channel;
}

function microseconds(time: Time | undefined): bigint {
  if (time instanceof Date) {
    return BigInt(time.getTime()) * 1000n; // raises RangeError of an invalid date
  }
  if (typeof time === "number" && !Number.isSafeInteger(time)) {
    throw new RangeError(`a time is ${time}, no whole number of microseconds`);
  }
  const tUs = BigInt(time ?? Number.NaN);
  if (BigInt.asIntN(64, tUs) !== tUs) {
    throw new RangeError(`a time is ${tUs}, which is beyond int64`);
  }
  return tUs;
}

function checkedValue(value: number | undefined): number {
  if (typeof value !== "number") {
    throw new RangeError(`a value is ${String(value)}, not a number`);
  }
  return value;
}
