/**
 * Frames without an ack, in memory: what to send next, what to send again. Pure.
 *
 *     push -> waiting -> next -> in flight -> settle
 *               <-     rewind      <-
 */

import type { Columns } from "./frames.ts";

export class Pending {
  /** Readings without an ack. */
  readings = 0;
  #settledSeq: number | undefined;
  #frames: Columns[] = [];
  #inFlight = 0;

  /** Every frame up to this one is durable; undefined before the first bind. */
  get settledSeq(): number | undefined {
    return this.#settledSeq;
  }

  get lastSeq(): number {
    return (this.#settledSeq ?? 0) + this.#frames.length;
  }

  get length(): number {
    return this.#frames.length;
  }

  /** All of them, oldest first. */
  get frames(): readonly Columns[] {
    return this.#frames;
  }

  push(columns: Columns): void {
    this.#frames.push(columns);
    this.readings += columns.channel.length;
  }

  /** Whether frames are on their way without an ack. */
  get isWaiting(): boolean {
    return this.#inFlight > 0;
  }

  /** The frame with this number, if it is here. */
  at(seq: number): Columns | undefined {
    return this.#frames[seq - (this.#settledSeq ?? 0) - 1];
  }

  /** The next frame, its number, and whether it is the only one on its way; undefined if there is none, or if `window` frames are in flight. */
  next(window: number): { seq: number; columns: Columns; isFirst: boolean } | undefined {
    const columns = this.#frames[this.#inFlight];
    if (columns === undefined || this.#settledSeq === undefined || this.#inFlight >= window) {
      return undefined;
    }
    this.#inFlight += 1;
    return { seq: this.#settledSeq + this.#inFlight, columns, isFirst: this.#inFlight === 1 };
  }

  /** Send again what is in flight. */
  rewind(): void {
    this.#inFlight = 0;
  }

  /** Let the frames follow this number, where none of them is stored yet. */
  number(settledSeq: number): void {
    this.#settledSeq = settledSeq;
    this.rewind();
  }

  /** Forget every frame up to this one: they are durable, whichever connection sent them. */
  settle(seq: number): void {
    const count = Math.min(Math.max(seq - (this.#settledSeq ?? 0), 0), this.#frames.length);
    for (const frame of this.#frames.splice(0, count)) {
      this.readings -= frame.channel.length;
    }
    this.#settledSeq = (this.#settledSeq ?? 0) + count;
    this.#inFlight = Math.max(this.#inFlight - count, 0);
  }
}
