/** Told when what a still window shows has changed: late readings, a backfill, an undo. */

import { useEffect, useRef, useState } from "preact/hooks";
import { LiveStream } from "../../live/stream.ts";
import type { Layer, View } from "../../view.ts";
import type { Pictures } from "./pictures.ts";

/** How often the picture may be asked anew. */
const LEAST_MS = 2000;

/**
 * Watches what is shown from where it was answered, and asks anew when a patch says that it has changed. What
 * is drawn is then again what the API answers. Returns how often that was.
 */
export function useChanges(view: View, pictures: Pictures, width: number): number {
  const [changes, setChanges] = useState(0);
  const again = useRef(pictures.again);
  again.current = pictures.again;
  const isStill = view.range.kind === "fixed" && view.asOf === null && pictures.isWhole && width >= 50;
  const positions = [...pictures.byLayer].map(([layer, picture]) => [layer, picture.position] as const);
  const key = isStill ? JSON.stringify([positions, view.range, width]) : "";
  useEffect(() => {
    if (!key) return;
    let timer = 0;
    const stream = new LiveStream({
      onChange: () => {
        stream.drawn();
        // What is drawn by samples can't go on from an answer in buckets: its first patch is the whole window.
        const hasChanged = watched.some((each) => each.patches > (each.kind === "samples" ? 1 : 0));
        if (!hasChanged || timer) return;
        timer = window.setTimeout(() => {
          setChanges((last) => last + 1);
          again.current();
        }, LEAST_MS);
      },
      onState: () => undefined,
      // The next question finds out by itself.
      onLogInEnded: () => undefined,
    });
    const watched = [...pictures.byLayer].flatMap(([layer, picture]) => {
      if (!picture.position || picture.coarsenedFrom) return [];
      const sensors = [...picture.bySensor.keys()];
      const still = { fromUs: picture.fromUs, toUs: picture.toUs, position: picture.position };
      return [stream.watchStill(still, sensors, Math.min(width, 4000), layer as Layer)];
    });
    return () => {
      clearTimeout(timer);
      stream.close();
    };
  }, [key]);
  return changes;
}
