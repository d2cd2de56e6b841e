/** What `/series` answers, as columns. Pure. */

import type { SensorTotals, SeriesAnswer } from "../api/types.ts";
import { unitText } from "../numbers.ts";
import { type Columns, fromSamples, noColumns } from "./columns.ts";

/** What is known of one sensor in a period. */
export interface SensorPicture {
  unit: string;
  columns: Columns;
  totals: SensorTotals | null;
}

/** What is known of all sensors of a question, and what made it. */
export interface Picture {
  fromUs: number;
  toUs: number;
  bySensor: Map<string, SensorPicture>;
  bucket: string;
  tier: string;
  rawFrom: string | null;
  coarsenedFrom: string | null;
  roundedTo: string | null;
  position: string | null;
  versions: Map<string, number[]>;
  /** Frames that are known to be missing. */
  gaps: SeriesAnswer["meta"]["gaps"];
}

type Series = SeriesAnswer["series"][number];

/** An answer to `columns`. */
export function readColumns(answer: SeriesAnswer, fromUs: number, toUs: number): Picture {
  const grid = answer.grid ?? { start_us: fromUs, bucket_us: 1, n: 0 };
  const bySensor = new Map<string, SensorPicture>();
  for (const [place, series] of answer.series.entries()) {
    const columns = gridColumns(series, grid.start_us, grid.bucket_us);
    const totals = answer.summary?.[place] ?? null;
    bySensor.set(series.sensor_id, { unit: unitText(series.unit), columns, totals });
  }
  return { fromUs, toUs, bySensor, ...madeBy(answer) };
}

/** The same picture with the readings themselves in place of buckets that hold one each. */
export function withSamples(picture: Picture, answer: SeriesAnswer): Picture {
  const bySensor = new Map(picture.bySensor);
  for (const series of answer.series) {
    const before = bySensor.get(series.sensor_id);
    const tUs = Float64Array.from(series.t_us ?? []);
    const columns = fromSamples(tUs, numbers(series.value));
    if (before) bySensor.set(series.sensor_id, { ...before, columns });
  }
  return { ...picture, bySensor };
}

/** Whether every sensor has so few readings that each can be drawn at its own time. */
export function isSparse(picture: Picture, most: number): boolean {
  return [...picture.bySensor.values()].every(({ totals }) => totals !== null && totals.count <= most);
}

function gridColumns(series: Series, startUs: number, bucketUs: number): Columns {
  const index = series.index ?? [];
  if (!index.length) return { ...noColumns(), bucketUs };
  return {
    start: 0,
    end: index.length,
    tUs: Float64Array.from(index, (place) => startUs + place * bucketUs),
    first: numbers(series.first),
    min: numbers(series.min),
    max: numbers(series.max),
    last: numbers(series.last),
    count: numbers(series.count),
    bucketUs,
  };
}

function numbers(values: readonly (number | null)[] | null | undefined): Float64Array {
  return Float64Array.from(values ?? [], (value) => value ?? Number.NaN);
}

function madeBy({ meta }: SeriesAnswer) {
  const versions = new Map<string, number[]>();
  for (const used of meta.profiles) {
    versions.set(used.sensor_id, [...(versions.get(used.sensor_id) ?? []), used.number]);
  }
  return {
    bucket: meta.bucket,
    tier: meta.tier,
    rawFrom: meta.raw_from,
    coarsenedFrom: meta.coarsened_from,
    roundedTo: meta.rounded_to,
    position: meta.position ?? null,
    versions,
    gaps: meta.gaps,
  };
}
