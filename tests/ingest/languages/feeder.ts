/** Sends readings 0, 1, 2, … of one sensor, a microsecond apart, and says when each batch was taken. */

import { Stream } from "../../../client/typescript/src/index.ts";

const [url = "", token = "", producer = "", sensors = "", start = "0", count = "0"] = process.argv.slice(2);
const BATCH = 50;
const stream = new Stream({
  url,
  token,
  producer,
  sensors: sensors.split(","),
  maxPendingReadings: Number(process.env.FEEDER_ROOM ?? 1_000_000),
  silenceMs: Number(process.env.FEEDER_SILENCE_MS ?? 150_000),
  onState: (state, trouble) => {
    if (state === "waiting") {
      console.log("waiting", trouble.split(":")[0]);
    }
  },
  onReject: (each) => {
    console.log("rejected", each.sensor, each.code, each.value);
  },
});
try {
  for (let first = 0; first < Number(count); first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, Number(count) - first) }, (_, i) => first + i);
    await stream.send(
      numbers.map(() => 0),
      numbers.map((n) => BigInt(start) + BigInt(n)),
      numbers,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    console.log("sent", first);
  }
  const isStored = await stream.close(120_000);
  console.log(
    "closed",
    isStored,
    stream.accepted + stream.duplicate,
    stream.rejected,
    JSON.stringify(stream.lost),
  );
} catch (error) {
  console.log(String(error));
  process.exitCode = 1;
}
