/** Where a window holds readings with flags, by a question of its own. */

import { api, ask } from "../../api/client.ts";
import type { Period } from "../../ranges.ts";
import { isoTime, spanText } from "../../times.ts";
import { useAsked } from "../../ui/asking.ts";
import type { View } from "../../view.ts";
import { type Pictures, pictureOf } from "./pictures.ts";

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
const PLACES = 300;

/** Asked when the picture is there, so that it is known how many readings there are to look at. */
export function useFlagged(view: View, pictures: Pictures): Flagged {
  const ids = view.sensors.map((pick) => pick.id);
  const totals = ids.map((id) => pictureOf(pictures, view, id)?.totals?.count ?? 0);
  const readings = totals.reduce((sum, each) => sum + each, 0);
  const hasAll = [...pictures.byLayer.values()].every((picture) => !picture.rawFrom && !picture.roundedTo);
  const { fromUs, toUs } = pictures.period;
  const canAsk = view.asOf === null && readings > 0 && readings <= MOST_READINGS && hasAll;
  const key = canAsk && !pictures.isAsking ? `flags ${fromUs} ${toUs} ${ids} ${readings}` : null;
  const bucketUs = Math.max(1, Math.ceil((toUs - fromUs) / PLACES));
  const asked = useAsked(key, async (signal) => {
    const query = {
      sensor: ids,
      from: isoTime(fromUs),
      to: isoTime(toUs),
      stat: ["flagged"],
      bucket: spanText(bucketUs),
    };
    const { series } = await ask(api.GET("/api/v1/series", { params: { query }, signal }));
    return series.map(({ sensor_id, t_us = [], flagged = [] }) => ({ id: sensor_id, t_us, flagged }));
  });
  if (!canAsk || !asked.data) return { ...NONE, reason: reasonOf(view, readings, hasAll) };
  const counts = new Map<string, number>();
  const places = new Map<string, Period[]>();
  for (const { id, t_us, flagged } of asked.data) {
    counts.set(
      id,
      flagged.reduce((sum, each) => sum + each, 0),
    );
    places.set(
      id,
      t_us.filter((_, row) => flagged[row]).map((us) => ({ fromUs: us, toUs: us + bucketUs })),
    );
  }
  return { counts, places, reason: null };
}

function reasonOf(view: View, readings: number, hasAll: boolean): string | null {
  if (view.asOf !== null) return "flags are those of now, not as believed then";
  if (!hasAll) return "flags are counted from readings, and some are gone";
  return readings > MOST_READINGS ? "zoom in to see flagged readings" : null;
}
