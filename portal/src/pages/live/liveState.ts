/** The stream of a page: its pictures, its state, and a drawing of each frame in which something has changed. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { LivePicture } from "../../live/picture.ts";
import { LiveStream, type StreamState } from "../../live/stream.ts";
import { logIn } from "../../session.ts";
import type { Layer } from "../../view.ts";

export interface Following {
  picture: LivePicture | null;
  state: StreamState;
  why: string | null;
  /** Draws when something has changed, or the window has moved by a pixel. */
  redraws: Map<number, () => void>;
  reconnect: () => void;
}

/** Watches these sensors as long as the page is there. `isPaused` leaves the picture as it is, and goes on collecting. */
export function useLive(
  sensors: readonly string[],
  lengthUs: number,
  width: number,
  layer: Layer,
  isPaused: boolean,
): Following {
  const [state, setState] = useState<{ state: StreamState; why: string | null }>({
    state: "connecting",
    why: null,
  });
  const [, setChannels] = useState<unknown>(null);
  const picture = useRef<LivePicture | null>(null);
  const stream = useRef<LiveStream | null>(null);
  const redraws = useRef(new Map<number, () => void>());
  const isDirty = useRef(false);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    const made = new LiveStream({
      onChange: () => {
        isDirty.current = true;
        setChannels(picture.current?.channels);
      },
      onState: (next, why) => setState({ state: next, why }),
      onLogInEnded: () => {
        logIn.value = "out";
      },
    });
    stream.current = made;
    let frame = 0;
    let drawnMs = 0;
    const draw = (nowMs: number) => {
      frame = requestAnimationFrame(draw);
      const shown = picture.current;
      if (!shown) return;
      const hasMoved = (nowMs - drawnMs) * 1000 >= shown.lengthUs / Math.max(shown.width, 1);
      if (!isDirty.current && (!hasMoved || paused.current)) return;
      drawnMs = nowMs;
      if (!paused.current) for (const redraw of redraws.current.values()) redraw();
      isDirty.current = false;
      made.drawn();
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      made.close();
    };
  }, []);
  const key = `${sensors.join()} ${lengthUs} ${width} ${layer}`;
  useEffect(() => {
    if (!sensors.length || width < 50) return;
    const made = stream.current?.watch(sensors, lengthUs, Math.min(width, 4000), layer) ?? null;
    picture.current = made;
    setChannels(null);
    return () => {
      if (made) stream.current?.unwatch(made);
      picture.current = null;
    };
  }, [key]);
  return {
    picture: picture.current,
    ...state,
    redraws: redraws.current,
    reconnect: () => stream.current?.connect(),
  };
}
