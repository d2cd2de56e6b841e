/**
 * What a backfill makes of a sensor's readings, beside what they were. Of one that has been applied both are
 * what is or was stored; of a dry run the new values are the raw ones, converted as it would convert them.
 */

import { api, ask } from "../../api/client.ts";
import type { BackfillDetail } from "../../api/types.ts";
import type { Period } from "../../ranges.ts";
import { type Columns, noColumns } from "../../series/columns.ts";
import { askFinest } from "../../series/questions.ts";
import { parseTime } from "../../times.ts";
import type { Layer } from "../../view.ts";
import { convertColumns, type ProfileDraft } from "../calibrations/curve.ts";
import type { OldNew } from "../parts/OldNewFigure.tsx";

const COLUMNS = 600;

/** A version, and from when to when it makes the values. */
interface HeldVersion {
  profileId: string;
  fromUs: number;
  toUs: number;
}

export async function askOldNew(
  item: BackfillDetail,
  sensor: string,
  period: Period,
  signal: AbortSignal,
): Promise<OldNew> {
  const read = async (layer: Layer, asOf: string | null) => {
    const question = { sensors: [sensor], layer, ...period, width: COLUMNS, asOf };
    return (await askFinest(question, signal)).bySensor.get(sensor);
  };
  const hasEnded = ["finished", "failed", "cancelled"].includes(item.status);
  const [old, fresh] = await Promise.all(
    item.dry_run
      ? [read("physical", null), read("raw", null)]
      : [read("physical", item.created_at), read("physical", hasEnded ? item.finished_at : null)],
  );
  const columns = fresh?.columns ?? noColumns();
  return {
    period,
    unit: old?.unit ?? "",
    old: old?.columns ?? noColumns(),
    fresh: item.dry_run ? await convertAll(item, sensor, columns, signal) : columns,
  };
}

/** Each stretch by the version that the backfill would use there; what no version converts has no value. */
async function convertAll(
  item: BackfillDetail,
  sensor: string,
  raw: Columns,
  signal: AbortSignal,
): Promise<Columns> {
  const parts = await Promise.all(
    (await versionsOf(item, sensor, signal)).map(async ({ profileId, fromUs, toUs }) => {
      const draft = await readDraft(profileId, signal);
      return draft ? convertColumns(draft, between(raw, fromUs, toUs), signal) : noColumns();
    }),
  );
  return joinedColumns(
    parts.filter((part) => part.end > part.start),
    raw.bucketUs,
  );
}

async function versionsOf(item: BackfillDetail, sensor: string, signal: AbortSignal): Promise<HeldVersion[]> {
  const [first, last] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (item.profile !== "timeline") return [{ profileId: item.profile, fromUs: first, toUs: last }];
  const params = { path: { sensor_id: sensor } };
  const { items } = await ask(api.GET("/api/v1/sensors/{sensor_id}/timeline", { params, signal }));
  return items.map((piece) => ({
    profileId: piece.profile_id,
    fromUs: parseTime(piece.valid_from ?? "") ?? first,
    toUs: parseTime(piece.valid_to ?? "") ?? last,
  }));
}

async function readDraft(id: string, signal: AbortSignal): Promise<ProfileDraft | null> {
  const params = { path: { profile_id: id } };
  const profile = await ask(api.GET("/api/v1/conversion-profiles/{profile_id}", { params, signal }));
  return profile.payload ? { kind: profile.kind, payload: profile.payload } : null;
}

/** The rows that begin in a period. */
function between(columns: Columns, fromUs: number, toUs: number): Columns {
  let { start, end } = columns;
  while (start < end && (columns.tUs[start] ?? 0) < fromUs) start++;
  while (end > start && (columns.tUs[end - 1] ?? 0) >= toUs) end--;
  return { ...columns, start, end };
}

function joinedColumns(parts: Columns[], bucketUs: number): Columns {
  const one = (of: "tUs" | "first" | "min" | "max" | "last" | "count") =>
    Float64Array.from(parts.flatMap((part) => [...part[of].subarray(part.start, part.end)]));
  const tUs = one("tUs");
  const rest = { first: one("first"), min: one("min"), max: one("max"), last: one("last") };
  return { start: 0, end: tUs.length, tUs, ...rest, count: one("count"), bucketUs };
}
