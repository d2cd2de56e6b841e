/** What a profile makes of raw values, asked of the API, which knows every formula. */

import { api, ask } from "../../api/client.ts";
import { type Columns, noColumns } from "../../series/columns.ts";

export interface ProfileDraft {
  kind: string;
  payload: Record<string, unknown>;
}

export interface Curve {
  raw: number[];
  physical: (number | null)[];
  flags: number[];
}

const POINTS = 240;

/** Evenly over a range of raw values. */
export async function curveOf(
  draft: ProfileDraft,
  low: number,
  high: number,
  signal: AbortSignal,
): Promise<Curve> {
  const raw = Array.from({ length: POINTS + 1 }, (_, place) => low + ((high - low) * place) / POINTS);
  const { physical, flags } = await ask(
    api.POST("/api/v1/conversion-profiles:evaluate", { body: { ...draft, raw }, signal }),
  );
  return { raw, physical, flags };
}

/** Columns of raw values as the draft would convert them; the extremes are those of what each column names. */
export async function convertColumns(
  draft: ProfileDraft,
  raw: Columns,
  signal: AbortSignal,
): Promise<Columns> {
  const n = raw.end - raw.start;
  if (!n) return noColumns();
  const parts = [raw.first, raw.min, raw.max, raw.last].map((part) => part.subarray(raw.start, raw.end));
  const all = parts.flatMap((part) => [...part]).map((value) => (Number.isNaN(value) ? 0 : value));
  const { physical } = await ask(
    api.POST("/api/v1/conversion-profiles:evaluate", { body: { ...draft, raw: all }, signal }),
  );
  const value = (part: number, row: number) => physical[part * n + row] ?? Number.NaN;
  const column = (make: (row: number) => number) => Float64Array.from({ length: n }, (_, row) => make(row));
  const four = (row: number) => [0, 1, 2, 3].map((part) => value(part, row));
  return {
    start: 0,
    end: n,
    tUs: raw.tUs.slice(raw.start, raw.end),
    first: column((row) => value(0, row)),
    min: column((row) => Math.min(...four(row))),
    max: column((row) => Math.max(...four(row))),
    last: column((row) => value(3, row)),
    count: raw.count.slice(raw.start, raw.end),
    bucketUs: raw.bucketUs,
  };
}

/** Raw values that are worth drawing: the domain, what was measured, or a guess. */
export function rawRange(
  payload: Record<string, unknown>,
  measured: [number, number] | null,
  certificate: readonly (readonly number[])[] = [],
): [number, number] {
  const points = Array.isArray(payload.points)
    ? payload.points.map((row) => Number(Array.isArray(row) ? row[0] : row))
    : [];
  const domain = (payload.domain ?? {}) as { min?: number; max?: number };
  const fitted = certificate.map(([raw]) => raw);
  const known = [domain.min, domain.max, ...points, ...fitted, ...(measured ?? [])].filter((value) =>
    Number.isFinite(value),
  ) as number[];
  const low = Math.min(...known);
  const high = Math.max(...known);
  if (!known.length) return [0, 10];
  return low < high ? [low, high] : [low - (Math.abs(low) || 1) * 0.5, low + (Math.abs(low) || 1) * 0.5];
}
