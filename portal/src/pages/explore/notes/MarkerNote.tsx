/** Where the markers stand, and how far apart. */

import { zone } from "../../../settings.ts";
import { clockText, durationText, zoneSuffix } from "../../../times.ts";
import type { View } from "../../../view.ts";

export function MarkerNote({ view }: { view: View }) {
  const { markerA, markerB } = view;
  if (markerA === null && markerB === null) return null;
  const at = (name: string, us: number | null) =>
    us === null ? null : (
      <span>
        <strong>{name}</strong> {clockText(us, zone.value, 6)} {zoneSuffix(us, zone.value)}
      </span>
    );
  return (
    <div class="row">
      {at("A", markerA)}
      {at("B", markerB)}
      {markerA !== null && markerB !== null && (
        <span>
          <strong>Δt</strong> {durationText(markerB - markerA)}
        </span>
      )}
    </div>
  );
}
