/** An export of every reading: what is asked for, and about how large it gets. Pure. */

import { isoTime } from "../../../times.ts";

export type ExportLayer = "physical" | "raw" | "both";
export type ExportShape = "long" | "wide";
export type ExportForm = "csv" | "parquet" | "arrow" | "json";

export interface ExportQuestion {
  sensors: string[];
  fromUs: number;
  toUs: number;
  layer: ExportLayer;
  shape: ExportShape;
  format: ExportForm;
  /** The time whose values it holds; null: those stored now. */
  asOf?: string | null;
}

export const EXPORT_FORMS: [ExportForm, string][] = [
  ["parquet", "Parquet"],
  ["csv", "CSV"],
  ["arrow", "Arrow (Feather)"],
  ["json", "JSON, a document on each line"],
];

/** What is sent while it is read; more takes a job. */
export const MOST_SENT = 50_000_000;

/** About so many bytes for a reading in a row of its own, with one value. */
const ROW_BYTES: Record<ExportForm, number> = { csv: 60, json: 110, arrow: 32, parquet: 12 };
const VALUE_BYTES: Record<ExportForm, number> = { csv: 12, json: 22, arrow: 8, parquet: 5 };

/** Roughly: values compress by what they are. */
export function exportBytes(readings: number, { sensors, layer, shape, format }: ExportQuestion): number {
  const second = layer === "both" ? VALUE_BYTES[format] : 0;
  const row = ROW_BYTES[format] + second;
  // A row of the wide form has a time once for all its sensors, where they have one in common.
  const perReading =
    shape === "wide" ? VALUE_BYTES[format] + second + VALUE_BYTES[format] / sensors.length : row;
  return Math.round(readings * perReading);
}

export function exportBody({ sensors, fromUs, toUs, layer, shape, format, asOf }: ExportQuestion) {
  const then = asOf ? { as_of: asOf } : {};
  return { sensor: sensors, from: isoTime(fromUs), to: isoTime(toUs), layer, shape, format, ...then };
}

/** Where the file is sent while it is read. */
export function exportAddress(question: ExportQuestion): string {
  const { sensor, ...rest } = exportBody(question);
  const query = new URLSearchParams([...sensor.map((id) => ["sensor", id]), ...Object.entries(rest)]);
  return `/api/v1/readings/export?${query}`;
}
