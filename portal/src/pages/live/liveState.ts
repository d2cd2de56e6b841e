/** The stream of a page: its pictures, its state, and a drawing of each frame in which something has changed. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveChannel, LivePicture } from "../../live/picture.ts";
import { LiveStream, type StreamState } from "../../live/stream.ts";
import { logIn, logInEnded } from "../../session.ts";
import { SECOND } from "../../times.ts";
import type { Layer } from "../../view.ts";
import { onWake } from "../../waking.ts";

export interface LivePick {
  id: string;
  layer: Layer;
}

export interface Following {
  /** One for each layer that is watched. */
  pictures: readonly LivePicture[];
  state: StreamState;
  why: string | null;
  /** Draws when something has changed, or the window has moved by a pixel. */
  redraws: Map<number, () => void>;
  reconnect: () => void;
}

export function channelOf({ pictures }: Following, id: string): LiveChannel | null {
  for (const { channels } of pictures) {
    const found = channels.find((channel) => channel.sensorId === id);
    if (found) return found;
  }
  return null;
}

/** The server's clock. */
export function liveNowUs({ pictures }: Following): number {
  return pictures[0]?.nowUs(performance.now()) ?? Date.now() * 1000;
}

export function lateShown({ pictures }: Following): number {
  const nowMs = performance.now();
  return pictures.reduce((sum, picture) => sum + picture.lateShown(nowMs), 0);
}

export function behindS({ pictures }: Following): number {
  const nowMs = performance.now();
  return Math.max(0, ...pictures.map((picture) => picture.behindS(nowMs)));
}

/** A stream that keeps up is never so far behind: without changes `alive` comes every 5 s. */
export const STALE_S = 6;

/** Up to when the pictures are known to be true: now, as long as they keep up. */
export function knownToUs(live: Following): number {
  if (!live.pictures.length || live.pictures.some((picture) => !picture.arrivedMs)) return 0;
  const behind = behindS(live);
  return liveNowUs(live) - (behind > STALE_S ? behind * SECOND : 0);
}

/** Watches these sensors as long as the page is there. `isPaused` leaves the pictures as they are, and goes on collecting. */
export function useLive(
  picks: readonly LivePick[],
  lengthUs: number,
  width: number,
  isPaused: boolean,
): Following {
  const [state, setState] = useState<{ state: StreamState; why: string | null }>({
    state: "connecting",
    why: null,
  });
  const [, setChannels] = useState<unknown>(null);
  const pictures = useRef<LivePicture[]>([]);
  const stream = useRef<LiveStream | null>(null);
  const redraws = useRef(new Map<number, () => void>());
  const isDirty = useRef(false);
  const begun = useRef(0);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    const made = new LiveStream({
      onChange: () => {
        isDirty.current = true;
        begun.current = pictures.current.reduce((sum, picture) => sum + picture.begun, 0);
        setChannels(begun.current);
      },
      onState: (next, why) => setState({ state: next, why }),
      onLogInEnded: logInEnded,
    });
    stream.current = made;
    let frame = 0;
    let drawnMs = 0;
    const draw = (nowMs: number) => {
      frame = requestAnimationFrame(draw);
      const shown = pictures.current[0];
      if (!shown) return;
      const hasMoved = (nowMs - drawnMs) * 1000 >= shown.lengthUs / Math.max(shown.width, 1);
      if (!isDirty.current && (!hasMoved || paused.current)) return;
      drawnMs = nowMs;
      if (!paused.current) for (const redraw of redraws.current.values()) redraw();
      isDirty.current = false;
      made.drawn();
    };
    frame = requestAnimationFrame(draw);
    const hurry = () => document.hidden || made.hurry();
    addEventListener("online", hurry);
    const forget = onWake((isClockLost) => {
      if (isClockLost) made.loseClock();
      made.hurry();
    });
    return () => {
      removeEventListener("online", hurry);
      forget();
      cancelAnimationFrame(frame);
      made.close();
    };
  }, []);
  const isLoggedIn = logIn.value === "in";
  useEffect(() => {
    if (isLoggedIn && state.state === "ended") stream.current?.connect();
  }, [isLoggedIn]);
  const key = `${picks.map((pick) => `${pick.id}:${pick.layer}`).join()} ${lengthUs} ${width}`;
  useEffect(() => {
    if (!picks.length || width < 50) return;
    const made = LAYERS.flatMap((layer) => {
      const ids = picks.filter((pick) => pick.layer === layer).map((pick) => pick.id);
      if (!ids.length || !stream.current) return [];
      return [stream.current.watch(ids, lengthUs, Math.min(width, 4000), layer)];
    });
    pictures.current = made;
    setChannels(key);
    return () => {
      for (const picture of made) stream.current?.unwatch(picture);
      pictures.current = [];
    };
  }, [key]);
  return {
    pictures: pictures.current,
    ...state,
    redraws: redraws.current,
    reconnect: () => stream.current?.connect(),
  };
}

const LAYERS: Layer[] = ["physical", "raw"];
