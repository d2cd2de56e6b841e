/**
 * One producer's stream over a WebSocket, across as many connections as it takes.
 *
 *     send -> checked columns -> frames -> pending (memory) -> WebSocket -> ack -> forgotten
 *
 * Frames without an ack live in memory, so they are lost with the process or the page.
 */

import { cut, type Time, takeColumns } from "./columns.ts";
import { finalError, passingTrouble, refusal, StreamEnded } from "./endings.ts";
import { type Columns, encodeFrame, MAX_SEQ, readingsThatFit } from "./frames.ts";
import {
  type Ack,
  type Bound,
  decodeServerMessage,
  encodeBind,
  type Failure,
  type Hello,
  type Reject,
  type ServerMessage,
} from "./messages.ts";
import { Pending } from "./pending.ts";

const AGENT = "barograph-client-js/0.1.0";
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
// A connection that says nothing for so long after it was opened is given up.
const HELLO_WITHIN_MS = 30_000;
// The server is silent for up to two minutes while its database is away.
const SILENCE_MS = 150_000;
// Before the server has told its limits.
const USUAL_FRAME_READINGS = 10_000;
// What waits in the socket itself is held twice.
const MOST_BUFFERED_BYTES = 4 * 2 ** 20;
const LOOK_AGAIN_MS = 20;

export type StreamState = "connecting" | "streaming" | "waiting" | "ended" | "closed";

/** Frames that the server had acknowledged and has no longer: it was restored from a backup. */
export interface LostFrames {
  firstSeq: number;
  lastSeq: number;
}

export interface RefusedReading {
  sensor: string | undefined;
  tUs: bigint | undefined;
  value: number | undefined;
  code: string;
}

export interface StreamOptions {
  /** Such as `ws://127.0.0.1:8001/ingest/v1/ws`. */
  url: string;
  /** An ingest token, or what gives one: it is asked before each connection. */
  token: string | (() => string | Promise<string>);
  /** The name under which this gateway's frames are numbered. One connection at a time may use it. */
  producer: string;
  /** Keys or ids: their order defines the channels from 0. */
  sensors: readonly string[];
  /** The readings are old: they move no liveness, live picture or alarm. */
  historical?: boolean;
  /** `send` waits while more readings have no ack. 1,000,000 by default, of 20 bytes each. */
  maxPendingReadings?: number;
  /** A connection on which nothing comes for so long while an answer is due is given up: 150,000 by default. */
  silenceMs?: number;
  onAck?: (ack: Ack) => void;
  /** Called with each rejected reading that an ack lists. By default they are warned of on the console. */
  onReject?: (reading: RefusedReading) => void;
  /** Called when the state or the trouble changes. */
  onState?: (state: StreamState, trouble: string) => void;
}

export class Stream {
  /** Readings that acks have counted. */
  accepted = 0;
  duplicate = 0;
  rejected = 0;
  /** How often a bind has succeeded. */
  connections = 0;
  readonly lost: LostFrames[] = [];
  #options: StreamOptions;
  #pending = new Pending();
  #state: StreamState = "connecting";
  #trouble = "";
  #ended: StreamEnded | undefined;
  #socket: WebSocket | undefined;
  #hello: Hello | undefined;
  #isBound = false;
  #failure: Failure | undefined;
  #resumeAt: number | undefined;
  #losing: LostFrames | undefined;
  #mayResume = true;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiters: (() => void)[] = [];

  /** Connects at once, and again after each cut, until it is closed or the server says that there is no point. */
  constructor(options: StreamOptions) {
    this.#options = options;
    void this.#connect();
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Why nothing flows, and what to do about it; empty while it does. */
  get trouble(): string {
    return this.#trouble;
  }

  /** What has no ack yet, oldest first. */
  get frames(): readonly Columns[] {
    return this.#pending.frames;
  }

  /**
   * Takes readings. They are sent before the first connection, too: as soon as there is one.
   * It waits while more than `maxPendingReadings` have no ack.
   *
   * @throws RangeError: lengths differ, a channel is none of the sensors', or a time is no whole microsecond;
   *     then nothing of the call was sent.
   * @throws StreamEnded: the stream has ended.
   */
  async send(channel: ArrayLike<number>, tUs: ArrayLike<Time>, value: ArrayLike<number>): Promise<void> {
    const columns = takeColumns(channel, tUs, value, this.#options.sensors.length);
    this.#check();
    for (const part of cut(columns, this.#mostReadings())) {
      this.#pending.push(part);
    }
    this.#pump();
    const most = this.#options.maxPendingReadings ?? 1_000_000;
    await this.#until(() => this.#pending.readings <= most);
  }

  /**
   * Waits until everything sent is stored.
   *
   * @returns whether it is: false if the time has passed first.
   * @throws StreamEnded: the stream has ended.
   */
  async flush(timeoutMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    let isOver = false;
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => {
          isOver = true;
          this.#wake();
        }, timeoutMs)
      : undefined;
    try {
      await this.#until(() => this.#pending.length === 0 || isOver);
    } finally {
      clearTimeout(timer);
    }
    return this.#pending.length === 0;
  }

  /**
   * Flushes, then leaves.
   *
   * @returns whether everything was stored in time; if not, `frames` has the rest.
   */
  async close(timeoutMs = 30_000): Promise<boolean> {
    const isStored = this.#state === "ended" ? false : await this.flush(timeoutMs);
    clearTimeout(this.#timer);
    if (this.#state !== "ended") {
      this.#enter("closed", "");
    }
    this.#socket?.close(1000);
    return isStored;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #mostReadings(): number {
    if (this.#hello === undefined) {
      return USUAL_FRAME_READINGS;
    }
    return Math.min(this.#hello.max_frame_readings, readingsThatFit(this.#hello.max_frame_bytes));
  }

  async #connect(): Promise<void> {
    const token = await this.#token();
    if (token === undefined || this.#isOver()) {
      return;
    }
    this.#isBound = false;
    this.#failure = undefined;
    let socket: WebSocket;
    try {
      // The token goes as a subprotocol, the one header of an upgrade that a browser lets a page choose.
      socket = new WebSocket(this.#options.url, ["barograph.v1", `barograph.token.${token}`]);
    } catch (error) {
      this.#end(new StreamEnded("bad-address", String(error), "give an address such as ws://…/ingest/v1/ws"));
      return;
    }
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#expect(socket, HELLO_WITHIN_MS);
    socket.onmessage = (event) => this.#hear(socket, event.data);
    socket.onclose = (event) => this.#lose(socket, event.code, event.reason);
    socket.onerror = () => undefined; // the close follows, and says as much
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.#options;
    try {
      return typeof token === "string" ? token : await token();
    } catch (error) {
      this.#wait(passingTrouble(0, "no-token", String(error)));
      return undefined;
    }
  }

  #hear(socket: WebSocket, data: unknown): void {
    if (socket !== this.#socket) {
      return;
    }
    let message: ServerMessage;
    try {
      message = decodeServerMessage(data);
    } catch (error) {
      this.#failure = { type: "error", code: "malformed", detail: String(error) };
      socket.close();
      return;
    }
    if (message.type === "hello") {
      this.#greet(socket, message);
    } else if (message.type === "bound") {
      this.#resume(socket, message);
    } else if (message.type === "ack") {
      this.#settle(message);
    } else {
      this.#failure = message;
    }
  }

  #greet(socket: WebSocket, hello: Hello): void {
    this.#expect(socket);
    this.#hello = hello;
    const { producer, sensors, historical = false } = this.#options;
    socket.send(encodeBind({ producer, sensors, historical, resumeAt: this.#resumeAt, agent: AGENT }));
  }

  /** Goes on from where the server stands, which may be further than the acks that arrived, or less far. */
  #resume(socket: WebSocket, bound: Bound): void {
    const settled = this.#pending.settledSeq ?? bound.last_seq;
    if (this.#pending.settledSeq !== undefined && bound.last_seq > this.#pending.lastSeq) {
      const detail = `the server's last frame is ${bound.last_seq}, the last one here is ${this.#pending.lastSeq}`;
      const whatToDo = "give each gateway a name of its own, and send `frames` by a new stream";
      this.#end(new StreamEnded("sequence-lost", detail, whatToDo));
      return;
    }
    if (bound.last_seq < settled) {
      const lost = { firstSeq: bound.last_seq + 1, lastSeq: settled };
      if (this.#mayResume && this.#losing === undefined) {
        this.#losing = lost;
        this.#resumeAt = settled + 1;
        socket.close(1000); // another connection binds with `resume_at`
        return;
      }
      this.#giveUp(lost);
      this.#pending.number(bound.last_seq);
    } else {
      this.#giveUp(this.#losing);
      this.#pending.number(settled);
      this.#pending.settle(bound.last_seq);
    }
    this.#losing = this.#resumeAt = undefined;
    this.#mayResume = true;
    this.#isBound = true;
    this.connections += 1;
    clearTimeout(this.#timer);
    this.#warnOfUnknown(bound);
    this.#enter("streaming", "");
    this.#wake();
    this.#pump();
  }

  #giveUp(lost: LostFrames | undefined): void {
    if (lost !== undefined) {
      this.lost.push(lost);
      console.error(
        `the server has lost frames ${lost.firstSeq} to ${lost.lastSeq} of ${this.#options.producer}:` +
          " it was restored from a backup; import them if the rig has a copy",
      );
    }
  }

  #warnOfUnknown(bound: Bound): void {
    const unknown = bound.channels.filter((each) => each.error !== undefined);
    const first = unknown[0];
    if (first !== undefined) {
      const key = this.#options.sensors[first.channel];
      console.warn(
        `${unknown.length} of ${this.#options.sensors.length} sensors are unknown, the first is ${key}:` +
          " create them in the project, or correct their keys",
      );
    }
  }

  #settle(ack: Ack): void {
    for (const reject of ack.rejected) {
      this.#tellReject(reject);
    }
    this.#pending.settle(ack.seq);
    this.#pauseMs = FIRST_PAUSE_MS;
    this.accepted += ack.accepted;
    this.duplicate += ack.duplicate;
    this.rejected += ack.rejected_total ?? ack.rejected.length;
    this.#call(() => this.#options.onAck?.(ack));
    this.#wake();
    this.#expectAck();
    this.#pump();
  }

  #tellReject({ seq, index, code }: Reject): void {
    const columns = this.#pending.at(seq);
    const channel = columns?.channel[index];
    const sensor = channel === undefined ? undefined : this.#options.sensors[channel];
    const refused = { sensor, tUs: columns?.tUs[index], value: columns?.value[index], code };
    const { onReject } = this.#options;
    if (onReject === undefined) {
      console.warn(`a reading of ${sensor} was rejected: ${code}`);
    } else {
      this.#call(() => onReject(refused));
    }
  }

  /** Sends what may be sent. */
  #pump(): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isBound || socket.readyState !== WebSocket.OPEN) {
      return;
    }
    while (socket.bufferedAmount < MOST_BUFFERED_BYTES) {
      const next = this.#pending.next(this.#hello?.window ?? 1);
      if (next === undefined) {
        return;
      }
      if (next.seq > MAX_SEQ) {
        this.#end(new StreamEnded("sequence-spent", "no numbers are left", "use another producer's name"));
        return;
      }
      socket.send(encodeFrame(next.seq, next.columns));
      if (next.isFirst) {
        this.#expectAck();
      }
    }
    setTimeout(() => this.#pump(), LOOK_AGAIN_MS);
  }

  /** Gives this connection up unless something comes in time: who pulls a cable tells nobody. */
  #expect(socket: WebSocket, withinMs = this.#options.silenceMs ?? SILENCE_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#failure ??= { type: "error", code: "silence", detail: `nothing has come for ${withinMs / 1000} s` };
      this.#lose(socket, 0, "");
      socket.close();
    }, withinMs);
  }

  #expectAck(): void {
    clearTimeout(this.#timer);
    if (this.#socket !== undefined && this.#pending.isWaiting && !this.#isOver()) {
      this.#expect(this.#socket);
    }
  }

  #lose(socket: WebSocket, close: number, reason: string): void {
    if (socket !== this.#socket) {
      return;
    }
    clearTimeout(this.#timer);
    this.#socket = undefined; // what still comes of it is not heard
    this.#isBound = false;
    if (this.#isOver()) {
      return;
    }
    const code = this.#failure?.code || reason || "closed";
    const detail = this.#failure?.detail ?? `the connection was closed with ${close}`;
    if (close === 4403 && this.#losing !== undefined && this.#mayResume) {
      this.#mayResume = false;
      this.#losing = this.#resumeAt = undefined;
      this.#wait("the frames that are here get other numbers");
      return;
    }
    const final = finalError(close, code, detail);
    if (final !== undefined) {
      this.#end(final);
      return;
    }
    this.#wait(passingTrouble(close, code, detail));
    if (close === 1006 && this.connections === 0) {
      void this.#askWhy();
    }
  }

  /** A WebSocket doesn't tell what status an upgrade was refused with. A request does, outside browsers. */
  async #askWhy(): Promise<void> {
    const address = new URL(this.#options.url.replace(/^ws/, "http"));
    const about = new URL(address);
    about.pathname = about.pathname.replace(/ws$/, "producers");
    about.searchParams.set("name", this.#options.producer);
    const headers = { Authorization: `Bearer ${await this.#token()}` };
    try {
      const [path, producer] = await Promise.all([fetch(address), fetch(about, { headers })]);
      const error = refusal(path.status, producer.status);
      if (error !== undefined && this.#state === "waiting") {
        clearTimeout(this.#timer);
        this.#end(error);
      }
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
      if (this.#state === "waiting") {
        this.#enter("waiting", `${this.#trouble} (${String(error)}${cause})`);
      }
    }
  }

  #wait(trouble: string): void {
    this.#enter("waiting", trouble);
    // Random, so that a fleet that lost its server does not come back in one moment.
    const pauseMs = this.#pauseMs * (0.5 + Math.random());
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#timer = setTimeout(() => {
      this.#enter("connecting", trouble);
      void this.#connect();
    }, pauseMs);
  }

  #end(error: StreamEnded): void {
    this.#ended = error;
    this.#enter("ended", error.message);
    clearTimeout(this.#timer);
    console.error(`the stream of ${this.#options.producer} has ended: ${error.message}`);
    this.#socket?.close(1000);
    this.#wake();
  }

  #isOver(): boolean {
    return this.#state === "ended" || this.#state === "closed";
  }

  #check(): void {
    if (this.#ended !== undefined) {
      throw this.#ended;
    }
    if (this.#state === "closed") {
      throw new StreamEnded("closed", "the stream was closed", "make another one");
    }
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      this.#check();
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.#ended !== undefined && this.#pending.length > 0) {
      throw this.#ended;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) {
      resolve();
    }
  }

  #enter(state: StreamState, trouble: string): void {
    this.#state = state;
    this.#trouble = trouble;
    this.#call(() => this.#options.onState?.(state, trouble));
  }

  /** A caller's exception is the caller's: the stream goes on. */
  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      console.error(error);
    }
  }
}
