/** Whether a link still shows what its maker saw. */

import type { View } from "../../../view.ts";
import { layerOf, type Pictures, pictureOf } from "../pictures.ts";
import { changeSince, markOf } from "./contentMark.ts";

/** The mark of what is shown; null while not all of it is there. */
export function shownMark(view: View, pictures: Pictures): string | null {
  const { period, byLayer, isAsking, problem } = pictures;
  const isWhole = [...byLayer.values()].every(
    (picture) => picture.fromUs === period.fromUs && picture.toUs === period.toUs,
  );
  if (isAsking || problem || !isWhole || !view.sensors.length) return null;
  const ids = view.sensors.map((pick) => pick.id).sort();
  const seen = ids.map((id) => {
    const totals = pictureOf(pictures, view, id)?.totals;
    const versions = (layerOf(view, id) === "physical" && byLayer.get("physical")?.versions.get(id)) || [];
    return totals ? { ...totals, versions } : null;
  });
  return seen.every((each) => each !== null) ? markOf(seen) : null;
}

export function LinkNote({ view, pictures }: { view: View; pictures: Pictures }) {
  const now = view.seen ? shownMark(view, pictures) : null;
  const change = view.seen && now ? changeSince(view.seen, now) : null;
  if (!change) return null;
  return (
    <div class="note warn" role="status">
      Since this link was made, what its window holds has changed: {change}. It shows what is stored now.
    </div>
  );
}
