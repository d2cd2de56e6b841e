/** Where a window holds readings with flags, by a question of its own. */

import { api, ask } from "../../../api/client.ts";
import type { SeriesAnswer } from "../../../api/types.ts";
import type { Period } from "../../../ranges.ts";
import { isoTime, spanText } from "../../../times.ts";
import { useAsked } from "../../../ui/requests/asking.ts";
import type { View } from "../../../view.ts";
import { type Pictures, pictureOf } from "../pictures.ts";

export interface Flagged {
  /** How many readings of each sensor have any flag; without a sensor that was not asked about. */
  counts: Map<string, number>;
  /** Where, as stretches of time. */
  places: Map<string, Period[]>;
  /** Why it was not asked, if it was not. */
  reason: string | null;
}

const NONE: Flagged = { counts: new Map(), places: new Map(), reason: null };
/** Flags are counted from readings: beyond so many it would take longer than a look is worth. */
const MOST_READINGS = 1_000_000;
/** In a window that moves on they are counted again and again. */
const MOST_MOVING = 100_000;
const PLACES = 300;

/** Asked when the picture is there, so that it is known how many readings there are to look at. */
export function useFlagged(view: View, pictures: Pictures): Flagged {
  const ids = view.sensors.map((pick) => pick.id);
  const totals = ids.map((id) => pictureOf(pictures, view, id)?.totals?.count ?? 0);
  const readings = totals.reduce((sum, each) => sum + each, 0);
  const hasAll = [...pictures.byLayer.values()].every((picture) => !picture.rawFrom && !picture.roundedTo);
  const { fromUs, toUs } = pictures.period;
  const most = view.range.kind === "last" ? MOST_MOVING : MOST_READINGS;
  const canAsk = view.asOf === null && readings > 0 && readings <= most && hasAll;
  const key = canAsk && pictures.isWhole ? `flags ${fromUs} ${toUs} ${ids} ${readings}` : null;
  const bucketUs = Math.max(1, Math.ceil((toUs - fromUs) / PLACES));
  const question = async (signal: AbortSignal) => {
    const query = {
      sensor: ids,
      from: isoTime(fromUs),
      to: isoTime(toUs),
      stat: ["flagged"],
      bucket: spanText(bucketUs),
    };
    const answer = await ask(api.GET("/api/v1/series", { params: { query }, signal }));
    return { key, ...flaggedOf(answer, bucketUs) };
  };
  const { data } = useAsked(key, question, 0, true);
  if (!canAsk || !data) return { ...NONE, reason: reasonOf(view, readings > most, hasAll) };
  // Places stay where they are, but counts are of one window.
  const isOfThis = key === null || key === data.key;
  return { counts: isOfThis ? data.counts : NONE.counts, places: data.places, reason: null };
}

function flaggedOf({ series }: SeriesAnswer, bucketUs: number): Omit<Flagged, "reason"> {
  const counts: Flagged["counts"] = new Map();
  const places: Flagged["places"] = new Map();
  for (const { sensor_id, t_us = [], flagged = [] } of series) {
    const isFlagged = (_: unknown, row: number) => !!flagged[row];
    counts.set(
      sensor_id,
      flagged.reduce((sum, each) => sum + each, 0),
    );
    places.set(
      sensor_id,
      t_us.filter(isFlagged).map((us) => ({ fromUs: us, toUs: us + bucketUs })),
    );
  }
  return { counts, places };
}

function reasonOf(view: View, isTooMuch: boolean, hasAll: boolean): string | null {
  if (view.asOf !== null) return "flags are those of now, not as believed then";
  if (!hasAll) return "flags are counted from readings, and some are gone";
  return isTooMuch ? "zoom in to see flagged readings" : null;
}
