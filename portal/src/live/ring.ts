/** What a live plot holds of one sensor: columns of a fixed size, which patches change. Pure. */

import { type Columns, rowFrom } from "../series/columns.ts";

const FIRST_ROWS = 1024;
const NAMES = ["tUs", "first", "min", "max", "last", "count"] as const;

/**
 * Rows `start` to `end` of arrays. New rows come at the end; when there is no room left, the rows move to the
 * beginning, which costs as much as they are, once in a while; where they fill more than half of it, there
 * becomes twice as much. Beyond `most` the oldest give way.
 */
export class LiveColumns implements Columns {
  start = 0;
  end = 0;
  bucketUs: number;
  tUs: Float64Array;
  first: Float64Array;
  min: Float64Array;
  max: Float64Array;
  last: Float64Array;
  count: Float64Array;
  private readonly most: number;

  /** `most` rows are held at most; for samples `bucketUs` is 0. */
  constructor(most: number, bucketUs: number) {
    this.most = most;
    this.bucketUs = bucketUs;
    const column = () => new Float64Array(Math.min(most, FIRST_ROWS) * 2);
    this.tUs = column();
    this.first = column();
    this.min = column();
    this.max = column();
    this.last = column();
    this.count = column();
  }

  get rows(): number {
    return this.end - this.start;
  }

  /** Replaces everything in [fromUs, toUs) by `rows` rows of `columns` from `row` on. */
  replace(fromUs: number, toUs: number, columns: readonly Float64Array[], row: number, rows: number): void {
    const taken = Math.min(rows, this.most);
    const skipped = rows - taken;
    let begin = rowFrom(this, fromUs);
    let after = rowFrom(this, toUs);
    const excess = this.rows - (after - begin) + taken - this.most;
    if (excess > 0) {
      this.start = Math.min(this.start + excess, this.end);
      begin = Math.max(begin, this.start);
      after = Math.max(after, this.start);
    }
    if (this.end + taken - (after - begin) > this.tUs.length) {
      const moved = this.start;
      this.compact(this.rows + taken);
      begin -= moved;
      after -= moved;
    }
    this.write(begin, after, columns, row + skipped, taken);
  }

  /** Forgets rows before a time. */
  forgetBefore(us: number): void {
    this.start = rowFrom(this, us - this.bucketUs);
  }

  private write(
    begin: number,
    after: number,
    columns: readonly Float64Array[],
    row: number,
    rows: number,
  ): void {
    const shift = begin + rows - after;
    for (const [place, name] of NAMES.entries()) {
      const column = this[name];
      if (shift) column.copyWithin(after + shift, after, this.end);
      const given = columnOf(columns, place);
      if (given) column.set(given.subarray(row, row + rows), begin);
      else column.fill(1, begin, begin + rows);
    }
    this.end += shift;
  }

  /** Makes room for so many rows, twice. */
  private compact(rows: number): void {
    const isFull = rows * 2 > this.tUs.length;
    for (const name of NAMES) {
      const held = this[name].subarray(this.start, this.end);
      if (isFull) this[name] = new Float64Array(rows * 4);
      this[name].set(held);
    }
    this.end -= this.start;
    this.start = 0;
  }
}

/** Of samples, the value is first, min, max and last; each counts one. */
function columnOf(columns: readonly Float64Array[], place: number): Float64Array | undefined {
  if (columns.length > 2) return columns[place];
  return place === 5 ? undefined : columns[Math.min(place, 1)];
}
