/** What is drawn of one sensor: buckets of readings, or the readings themselves, as columns of numbers. Pure. */

/**
 * Rows `start` to `end` of each array. Times are absolute microseconds, rising. A reading by itself is first,
 * min, max and last at once. NaN is a value that is not there.
 */
export interface Columns {
  start: number;
  end: number;
  tUs: Float64Array;
  first: Float64Array;
  min: Float64Array;
  max: Float64Array;
  last: Float64Array;
  count: Float64Array;
  /** Of a bucket; 0 for readings. */
  bucketUs: number;
}

export interface Seen {
  tUs: number;
  first: number;
  min: number;
  max: number;
  last: number;
  count: number;
}

export function noColumns(): Columns {
  const none = new Float64Array(0);
  return {
    start: 0,
    end: 0,
    tUs: none,
    first: none,
    min: none,
    max: none,
    last: none,
    count: none,
    bucketUs: 0,
  };
}

/** The same rows in arrays of their own, which nothing changes any more. */
export function copyOf(columns: Columns): Columns {
  const { start, end, bucketUs } = columns;
  const part = (column: Float64Array) => column.slice(start, end);
  return {
    start: 0,
    end: end - start,
    tUs: part(columns.tUs),
    first: part(columns.first),
    min: part(columns.min),
    max: part(columns.max),
    last: part(columns.last),
    count: part(columns.count),
    bucketUs,
  };
}

/** Readings as columns. */
export function fromSamples(tUs: Float64Array, value: Float64Array): Columns {
  const count = new Float64Array(tUs.length).fill(1);
  return {
    start: 0,
    end: tUs.length,
    tUs,
    first: value,
    min: value,
    max: value,
    last: value,
    count,
    bucketUs: 0,
  };
}

/** The first row at or after a time. */
export function rowFrom(columns: Columns, us: number): number {
  let low = columns.start;
  let high = columns.end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((columns.tUs[middle] ?? 0) < us) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The row that stands for a moment: the one that holds it, or the nearest before it, if no gap lies between. */
export function seenAt(columns: Columns, us: number, gapUs: number): Seen | null {
  // Times are whole; a float64 of today's tells no less than a quarter of a microsecond.
  const row = rowFrom(columns, Math.floor(us) + 1) - 1;
  const tUs = columns.tUs[row];
  if (row < columns.start || tUs === undefined || us - tUs > Math.max(gapUs, columns.bucketUs)) return null;
  return {
    tUs,
    first: columns.first[row] ?? Number.NaN,
    min: columns.min[row] ?? Number.NaN,
    max: columns.max[row] ?? Number.NaN,
    last: columns.last[row] ?? Number.NaN,
    count: columns.count[row] ?? 0,
  };
}

/** Least and greatest value in a period, or null where nothing is. */
export function extremes(columns: Columns, fromUs: number, toUs: number): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let end = rowFrom(columns, toUs);
  // A bucket that begins where the window ends lies outside; a reading there is drawn on its edge.
  while (!columns.bucketUs && end < columns.end && columns.tUs[end] === toUs) end += 1;
  for (let row = rowFrom(columns, fromUs - columns.bucketUs); row < end; row += 1) {
    const least = columns.min[row] ?? Number.NaN;
    const most = columns.max[row] ?? Number.NaN;
    if (least < low) low = least;
    if (most > high) high = most;
  }
  return low <= high ? [low, high] : null;
}

/** From how long a silence on a line breaks: some times what usually lies between two rows. */
export function usualGap(columns: Columns): number {
  const rows = columns.end - columns.start;
  if (rows < 3) return Math.max(columns.bucketUs * 3, 5_000_000);
  const step = Math.max(1, Math.floor(rows / 200));
  const between: number[] = [];
  for (let row = columns.start + 1; row < columns.end; row += step) {
    between.push((columns.tUs[row] ?? 0) - (columns.tUs[row - 1] ?? 0));
  }
  between.sort((one, other) => one - other);
  const usual = between[between.length >> 1] ?? 0;
  return Math.max(usual * 4, columns.bucketUs * 3);
}

/** Stretches of a period without any row of any of the lines, longer than `leastUs`. */
export function silences(
  lines: { columns: Columns; gapUs: number }[],
  fromUs: number,
  toUs: number,
  leastUs: number,
): [number, number][] {
  const covered: [number, number][] = [];
  for (const { columns, gapUs } of lines) covered.push(...stretches(columns, gapUs, fromUs, toUs));
  covered.sort((one, other) => one[0] - other[0]);
  const found: [number, number][] = [];
  let reached = fromUs;
  for (const [from, to] of [...covered, [toUs, toUs] as [number, number]]) {
    if (from - reached > leastUs) found.push([reached, from]);
    reached = Math.max(reached, to);
  }
  return found;
}

function stretches(columns: Columns, gapUs: number, fromUs: number, toUs: number): [number, number][] {
  const found: [number, number][] = [];
  const end = Math.min(rowFrom(columns, toUs) + 1, columns.end);
  const begin = Math.max(rowFrom(columns, fromUs) - 1, columns.start);
  let from = Number.NaN;
  let before = Number.NaN;
  for (let row = begin; row < end; row += 1) {
    const tUs = columns.tUs[row] ?? 0;
    if (Number.isNaN(from)) from = tUs;
    else if (tUs - before > gapUs) {
      found.push([from, before + columns.bucketUs]);
      from = tUs;
    }
    before = tUs;
  }
  if (!Number.isNaN(from)) found.push([from, before + columns.bucketUs]);
  return found;
}
