/** A watched window: what `watching` and the patches have said of it up to its position. Pure. */

import { unitText } from "../numbers.ts";
import type { LiveError, Patch, Watching } from "./protocol.ts";
import { LiveColumns } from "./ring.ts";

export interface LiveChannel {
  sensorId: string;
  unit: string;
  error: "unknown-sensor" | "forbidden" | null;
  columns: LiveColumns;
}

/** Late readings are told for so long. */
const LATE_SHOWN_MS = 10_000;

export class LivePicture {
  readonly sensors: readonly string[];
  readonly lengthUs: number;
  readonly width: number;
  channels: LiveChannel[] = [];
  position: string | null = null;
  serverUs = 0;
  /** When the newest message arrived, by the page's clock. */
  arrivedMs = 0;
  /** The smallest time that a message was seen to take: server's clock minus the page's, at most. */
  clockUs = Number.NEGATIVE_INFINITY;
  late = 0;
  refusal: LiveError | null = null;
  /** How often it was begun. */
  begun = 0;
  /** How many patches have come since it was last begun. */
  patches = 0;
  kind: string | null = null;
  private bucketUs = -1;
  private lateMs = 0;
  private isClockOld = false;

  constructor(sensors: readonly string[], lengthUs: number, width: number) {
    this.sensors = sensors;
    this.lengthUs = lengthUs;
    this.width = width;
  }

  /** How the window is drawn from now on; what is held stays if it is drawn as before. */
  begin(message: Watching): void {
    const bucketUs = message.bucket_us ?? 0;
    this.refusal = null;
    if (message.kind === this.kind && bucketUs === this.bucketUs && this.channels.length) return;
    // It holds nothing until the next patch; only what was answered to a question goes on.
    if (this.kind !== null) this.position = null;
    this.kind = message.kind;
    this.bucketUs = bucketUs;
    this.patches = 0;
    this.begun += 1;
    // Samples that become too many are drawn in buckets by the server.
    const most = bucketUs ? Math.ceil(this.lengthUs / bucketUs) + 8 : Number.POSITIVE_INFINITY;
    this.channels = message.channels.map((channel) =>
      "error" in channel
        ? {
            sensorId: this.sensors[channel.channel] ?? "",
            unit: "",
            error: channel.error,
            columns: new LiveColumns(1, 0),
          }
        : {
            sensorId: channel.sensor_id,
            unit: unitText(channel.unit),
            error: null,
            columns: new LiveColumns(most, bucketUs),
          },
    );
  }

  take(patch: Patch, nowMs: number): void {
    let row = 0;
    this.patches += 1;
    for (const piece of patch.pieces) {
      const columns = this.channels[piece.channel]?.columns;
      columns?.replace(piece.fromUs, piece.toUs, patch.columns, row, piece.rows);
      row += piece.rows;
    }
    if (patch.late > 0) {
      this.late = patch.late + (nowMs - this.lateMs < LATE_SHOWN_MS ? this.late : 0);
      this.lateMs = nowMs;
    }
    this.holds(patch.position, patch.serverUs, nowMs);
    for (const { columns } of this.channels) columns.forgetBefore(patch.serverUs - this.lengthUs);
  }

  /** Nothing has changed up to a position. */
  holds(position: string, serverUs: number, nowMs: number): void {
    this.position = position;
    this.serverUs = serverUs;
    this.arrivedMs = nowMs;
    const clockUs = serverUs - nowMs * 1000;
    this.clockUs = this.isClockOld ? clockUs : Math.max(this.clockUs, clockUs);
    this.isClockOld = false;
  }

  /** What is known of the server's clock holds until the next message only: that comes by another connection. */
  doubtClock(): void {
    this.isClockOld = true;
  }

  /** The page's clock stood still while the machine slept: what it says of the server's is no longer true. */
  loseClock(): void {
    this.clockUs = Number.NEGATIVE_INFINITY;
  }

  /** The server's clock, as well as it is known. */
  nowUs(nowMs: number): number {
    return Number.isFinite(this.clockUs) ? this.clockUs + nowMs * 1000 : Date.now() * 1000;
  }

  /** How many readings came late, while it is worth saying. */
  lateShown(nowMs: number): number {
    return nowMs - this.lateMs < LATE_SHOWN_MS ? this.late : 0;
  }

  /** How many seconds the picture is behind the server's clock. */
  behindS(nowMs: number): number {
    return this.arrivedMs ? Math.max(0, (this.nowUs(nowMs) - this.serverUs) / 1e6) : 0;
  }
}
