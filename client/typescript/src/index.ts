export type { Time } from "./columns.ts";
export { StreamEnded } from "./endings.ts";
export { type Columns, decodeFrame, encodeFrame, type Frame } from "./frames.ts";
export type { Ack, Reject } from "./messages.ts";
export {
  type LostFrames,
  type RefusedReading,
  Stream,
  type StreamOptions,
  type StreamState,
} from "./stream.ts";
