/** Why a connection ends, and whether another try can help. Pure. */

/** The stream has ended for good. `frames` of the stream still has what is not stored. */
export class StreamEnded extends Error {
  override readonly name = "StreamEnded";
  readonly code: string;

  constructor(code: string, detail: string, whatToDo: string) {
    super(`${code}: ${detail}. What to do: ${whatToDo}`);
    this.code = code;
  }
}

// After any other code another try may succeed.
const FINAL: Readonly<Record<number, string>> = {
  1009: "the server's limits have become smaller; raise BAROGRAPH_INGEST_MAX_FRAME_BYTES",
  4400: "update the library or the server; give each gateway a producer's name of its own",
  4401: "make a token with `barograph token create`, and give the gateway that one",
  4403: "give the gateway a token that names the producer, or another name",
  4409: "another process streams as this producer; stop one of the two",
};
const PASSING: Readonly<Record<number, string>> = {
  1006: "the network, the address, the certificate, or a token that is not valid: a browser doesn't tell",
  1012: "nothing: the server leaves, or wants a new bind",
  1013: "nothing: the server is full, or waits for its database; look at its /ready if it lasts",
};

/** The error that ends the stream, or undefined where another try may succeed. */
export function finalError(close: number, code: string, detail: string): StreamEnded | undefined {
  const whatToDo = FINAL[close];
  return whatToDo === undefined ? undefined : new StreamEnded(code, detail, whatToDo);
}

/** The error that ends the stream, by how plain requests for its path and its producer are answered. */
export function refusal(pathStatus: number, producerStatus: number): StreamEnded | undefined {
  if (pathStatus === 404) {
    const whatToDo =
      "the address must end in /ingest/v1/ws, on the port of ingest (8001), not that of the API";
    return new StreamEnded("bad-address", "there is no such path", whatToDo);
  }
  if (producerStatus === 401) {
    return new StreamEnded("token-refused", "the ingest token is not valid", FINAL[4401] ?? "");
  }
  return undefined;
}

/** What is wrong while nothing flows, and what to do. */
export function passingTrouble(close: number, code: string, detail: string): string {
  return `${code}: ${detail}. What to do: ${PASSING[close] ?? "nothing: it is tried again"}`;
}
