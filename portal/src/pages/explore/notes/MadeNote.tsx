/** What made a picture. */

import type { Pictures } from "../pictures.ts";

/** What made the picture: the bucket, the roll-ups, and what can't be finer. */
export function MadeNote({ pictures, changes }: { pictures: Pictures; changes: number }) {
  const picture = [...pictures.byLayer.values()][0];
  if (!picture) return null;
  const facts = [
    changes > 0 && "readings of this window have changed",
    `bucket ${picture.bucket}`,
    picture.tier === "raw" ? "from readings" : `from ${picture.tier} roll-ups`,
    picture.coarsenedFrom && `coarser than ${picture.coarsenedFrom}`,
    picture.roundedTo && `rounded to ${picture.roundedTo}`,
    picture.rawFrom && `readings kept from ${picture.rawFrom}`,
    picture.gaps.length > 0 && `frames of ${picture.gaps.map((gap) => gap.producer).join(", ")} are missing`,
  ];
  return (
    <span class="muted" aria-live="off">
      {pictures.isAsking ? "Loading… " : ""}
      {facts.filter(Boolean).join(" · ")}
    </span>
  );
}
