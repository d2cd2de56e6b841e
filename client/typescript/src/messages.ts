/** The messages around the data. Fields that this version does not know are passed over. Pure. */

export const PROTOCOL = 1;

export interface Hello {
  type: "hello";
  protocol: number;
  server_time: string;
  max_frame_bytes: number;
  max_frame_readings: number;
  /** The most frames without an ack. */
  window: number;
}

export interface Bound {
  type: "bound";
  /** The highest frame that is stored: the stream goes on with the one after it. */
  last_seq: number;
  /** Those in error. */
  channels: { channel: number; error?: string }[];
}

/** A reading that was refused. It is kept among the project's dead letters. */
export interface Reject {
  seq: number;
  index: number;
  code: string;
}

export interface Ack {
  type: "ack";
  /** Every frame up to this one is durable. */
  seq: number;
  accepted: number;
  duplicate: number;
  /** At most 100. */
  rejected: Reject[];
  rejected_total?: number;
}

/** Why the server is about to close the connection. */
export interface Failure {
  type: "error";
  code: string;
  detail?: string;
  seq?: number;
}

export type ServerMessage = Hello | Bound | Ack | Failure;

export interface BindWishes {
  producer: string;
  sensors: readonly string[];
  historical: boolean;
  resumeAt: number | undefined;
  agent: string;
}

export function encodeBind(wishes: BindWishes): string {
  return JSON.stringify({
    type: "bind",
    producer: wishes.producer,
    sensors: wishes.sensors,
    historical: wishes.historical || undefined,
    resume_at: wishes.resumeAt,
    answer: "errors",
    agent: wishes.agent,
  });
}

/** @throws SyntaxError: it is none of the protocol's messages, or of another version. */
export function decodeServerMessage(text: unknown): ServerMessage {
  const message = JSON.parse(String(text)) as ServerMessage;
  if (!["hello", "bound", "ack", "error"].includes(message?.type)) {
    throw new SyntaxError(`not a server's message: ${String(text).slice(0, 100)}`);
  }
  if (message.type === "hello" && message.protocol !== PROTOCOL) {
    throw new SyntaxError(`the server speaks protocol ${message.protocol}, this library ${PROTOCOL}`);
  }
  return message;
}
