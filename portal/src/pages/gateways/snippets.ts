/** Programs that send a first reading, ready to be run. Pure. */

export interface Connected {
  ingest: string;
  token: string;
  producer: string;
  keys: string[];
}

export function pythonSnippet({ ingest, token, producer, keys }: Connected): string {
  return `import asyncio
import random

import numpy as np
from barograph_client import Stream

URL = "${ingest.replace(/^http/, "ws")}/ingest/v1/ws"
TOKEN = "${token}"
SENSORS = ${JSON.stringify(keys)}


async def main() -> None:
    # What is not stored yet waits in the folder spool, also if this program ends.
    async with Stream(URL, TOKEN, producer="${producer}", sensors=SENSORS, spool="spool") as stream:
        while True:
            now = np.datetime64("now", "us")
            for channel in range(len(SENSORS)):
                await stream.send([channel], [now], [random.random()])
            await asyncio.sleep(1)


asyncio.run(main())
`;
}

export function curlSnippet({ ingest, token, keys }: Connected): string {
  const rows = keys.map((key) => `${key},$(date -u +%FT%TZ),1.5`).join("\\n");
  return `printf 'sensor,time,value\\n%b\\n' "${rows}" |
  curl --fail-with-body -sS "${ingest}/ingest/v1/readings" \\
    -H "Authorization: Bearer ${token}" \\
    -H "Content-Type: text/csv" --data-binary @-
`;
}

/** Telegraf names what it sends by itself: measurement, tags and field are the sensor's key. */
export function telegrafSnippet({ ingest, token }: Connected): string {
  return `[agent]
  interval = "1s"
  flush_interval = "1s"
  omit_hostname = true

[[outputs.influxdb_v2]]
  urls = ["${ingest}"]
  token = "${token}"
  organization = "barograph"
  bucket = "telegraf"

[[inputs.cpu]]
  percpu = false
`;
}

/** Sensors as they are typed: a key a line, and its units after commas. */
export function typedSensors(text: string): { key: string; input_unit: string; output_unit: string }[] {
  const lines = text.split("\n").map((line) => line.split(",").map((part) => part.trim()));
  const byKey = new Map(
    lines.filter(([key]) => key).map(([key = "", input = "", output = ""]) => [key, { input, output }]),
  );
  return [...byKey].map(([key, { input, output }]) => ({
    key,
    input_unit: input,
    output_unit: output || input,
  }));
}
