/** One WebSocket for all that a page watches: watched again after a cut, from where it was. */

import { isoTime } from "../times.ts";
import type { Layer } from "../view.ts";
import { LivePicture } from "./picture.ts";
import { type ClientMessage, type LiveError, type Patch, readPatch, type ServerMessage } from "./protocol.ts";

export type StreamState = "connecting" | "open" | "waiting" | "ended";

export interface StreamEvents {
  /** A picture has changed: draw it, then call `drawn`. */
  onChange: () => void;
  onState: (state: StreamState, why: string | null) => void;
  /** The log-in has ended. */
  onLogInEnded: () => void;
}

/** Codes after which the same stream would be refused again. */
const FINAL_CODES: Record<number, string> = {
  4400: "The server did not understand this page.",
  4403: "Your role no longer lets you watch this.",
};
const LOG_IN_ENDED = 4401;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** `alive` comes every 5 s: a stream that is silent for so long is cut, whatever the network says. */
const SILENCE_MS = 16_000;
/** A page that has slept does not know whether its stream has outlived that: it gives it so long to say something. */
const DOUBT_MS = 3000;

/** What was refused for want of a turn or of the database is asked for again after so long. */
const ASK_AGAIN_MS = 2000;

declare global {
  /** A test may put it here before the page begins: it is shown each picture after each message. */
  var barographWitness: ((picture: LivePicture) => void) | undefined;
}

export interface StillWindow {
  fromUs: number;
  toUs: number;
  position: string;
}

interface Watched {
  id: number;
  picture: LivePicture;
  layer: Layer;
  still: StillWindow | null;
}

export class LiveStream {
  private socket: WebSocket | null = null;
  private watched = new Map<number, Watched>();
  private waitMs = FIRST_WAIT_MS;
  private timer = 0;
  private silence = 0;
  private owed = 0;
  private isClosed = false;
  private isWaiting = false;
  private isDoubtful = false;
  private heardMs = 0;
  private lastId = 0;
  private readonly events: StreamEvents;

  constructor(events: StreamEvents) {
    this.events = events;
  }

  /** Watches the window that ends now. */
  watch(sensors: readonly string[], lengthUs: number, width: number, layer: Layer): LivePicture {
    return this.add(new LivePicture(sensors, lengthUs, width), layer, null);
  }

  /** Watches a window that stands still, from where an answer to `columns` has left off. */
  watchStill(still: StillWindow, sensors: readonly string[], width: number, layer: Layer): LivePicture {
    const picture = new LivePicture(sensors, still.toUs - still.fromUs, width);
    picture.position = still.position;
    return this.add(picture, layer, still);
  }

  private add(picture: LivePicture, layer: Layer, still: StillWindow | null): LivePicture {
    this.lastId += 1;
    const watched = { id: this.lastId, picture, layer, still };
    this.watched.set(watched.id, watched);
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(watched);
    else if (!this.socket) this.connect();
    return watched.picture;
  }

  unwatch(picture: LivePicture): void {
    for (const [id, watched] of this.watched) {
      if (watched.picture !== picture) continue;
      this.watched.delete(id);
      this.say({ type: "unwatch", id });
    }
  }

  /** What came has been drawn: as much may come again. */
  drawn(): void {
    if (!this.owed) return;
    for (; this.owed > 0; this.owed -= 1) this.say({ type: "ready" });
    this.expectSomething();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const { socket } = this;
    this.socket = null;
    // One that is still being opened is closed when it is: a browser complains of it otherwise.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(1000);
    else socket?.close(1000);
  }

  /** Does not wait any longer. */
  connect(): void {
    if (this.isClosed) return;
    clearTimeout(this.timer);
    this.isWaiting = false;
    this.events.onState("connecting", null);
    const socket = new WebSocket(
      `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live/ws`,
    );
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.owed = 0;
    socket.onopen = () => {
      this.events.onState("open", null);
      this.hear();
      for (const watched of this.watched.values()) {
        watched.picture.doubtClock();
        this.ask(watched);
      }
    };
    socket.onmessage = (event) => {
      this.waitMs = FIRST_WAIT_MS;
      this.hear();
      this.follow(event.data as string | ArrayBuffer);
    };
    socket.onclose = (event) => socket === this.socket && this.closed(event.code);
  }

  /** The network or the page is back: what waits for another try does not wait longer. */
  hurry(): void {
    if (!this.socket && this.isWaiting) this.connect();
    if (this.socket?.readyState !== WebSocket.OPEN || Date.now() - this.heardMs < SILENCE_MS) return;
    this.isDoubtful = true;
    this.expectSomething();
  }

  /** The machine has slept. */
  loseClock(): void {
    for (const { picture } of this.watched.values()) picture.loseClock();
  }

  private hear(): void {
    this.heardMs = Date.now();
    this.isDoubtful = false;
    this.expectSomething();
  }

  private ask({ id, picture, layer, still }: Watched): void {
    this.say({
      type: "watch",
      id,
      sensors: [...picture.sensors],
      layer,
      ...(still
        ? { from: isoTime(still.fromUs), to: isoTime(still.toUs) }
        : { from: `-${Math.round(picture.lengthUs / 1000)}ms` }),
      columns: picture.width,
      rate_hz: 10,
      ...(picture.position ? { since: picture.position } : {}),
    });
  }

  private follow(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const patch = readPatch(data);
      this.owed += 1;
      this.take(patch);
    } else this.followText(JSON.parse(data) as ServerMessage);
    this.events.onChange();
  }

  private take(patch: Patch): void {
    const picture = this.watched.get(patch.watch)?.picture;
    if (!picture) return;
    picture.take(patch, performance.now());
    globalThis.barographWitness?.(picture);
  }

  private followText(message: ServerMessage): void {
    const watched = message.id === undefined ? undefined : this.watched.get(message.id);
    if (!watched) return;
    const { picture } = watched;
    if (message.type === "watching") picture.begin(message);
    else if (message.type === "alive") {
      picture.holds(message.position, message.server_us, performance.now());
      globalThis.barographWitness?.(picture);
    } else this.refused(watched, message);
  }

  private refused(watched: Watched, error: LiveError): void {
    watched.picture.refusal = error;
    if (error.code !== "unavailable") return;
    const { socket } = this;
    window.setTimeout(() => {
      if (this.socket === socket && this.watched.get(watched.id) === watched) this.ask(watched);
    }, ASK_AGAIN_MS);
  }

  private closed(code: number): void {
    clearTimeout(this.silence);
    this.socket = null;
    if (code === LOG_IN_ENDED) {
      this.events.onState("ended", "The log-in has ended.");
      this.events.onLogInEnded();
      return;
    }
    const why = FINAL_CODES[code];
    if (why) {
      this.events.onState("ended", why);
      return;
    }
    this.events.onState("waiting", "The server can't be reached. What is shown stays; it goes on by itself.");
    this.isWaiting = true;
    this.timer = window.setTimeout(() => this.connect(), this.waitMs * (0.5 + Math.random()));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  private expectSomething(): void {
    clearTimeout(this.silence);
    if (!this.watched.size) return;
    this.silence = window.setTimeout(
      () => {
        // The server waits for what it sent to be drawn, which a hidden page does when it is seen again.
        if (this.owed) return;
        const { socket } = this;
        this.closed(1006);
        socket?.close();
        if (this.isDoubtful) this.connect();
      },
      this.isDoubtful ? DOUBT_MS : SILENCE_MS,
    );
  }

  private say(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
