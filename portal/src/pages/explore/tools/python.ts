/** The Python that asks the same: plain requests, into a table of Polars. Pure. */

import { isoTime } from "../../../times.ts";
import type { Layer } from "../../../view.ts";

export interface Asked {
  origin: string;
  sensors: { id: string; key: string }[];
  layer: Layer;
  fromUs: number;
  toUs: number;
  columns: number;
  asOf: string | null;
}

export function pythonOf(asked: Asked): string {
  const sensors = asked.sensors.map(({ id, key }) => `    "${id}",  # ${key.replace(/[\r\n]/g, " ")}`);
  return `import io, os
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import polars as pl

# TOKEN is an access token of yours, or a service account's.
question = {
    "sensor": SENSORS,
    "from": "${isoTime(asked.fromUs)}",
    "to": "${isoTime(asked.toUs)}",
    "layer": "${asked.layer}",
    "columns": ${asked.columns},${asked.asOf ? `\n    "as_of": "${asked.asOf}",` : ""}
}
request = Request(
    f"${asked.origin}/api/v1/series?{urlencode(question, doseq=True)}",
    headers={
        "Authorization": f"Bearer {os.environ['TOKEN']}",
        "Accept": "application/vnd.apache.parquet",
    },
)
table = pl.read_parquet(io.BytesIO(urlopen(request).read()))
print(table)
`.replace("question = {", `SENSORS = [\n${sensors.join("\n")}\n]\nquestion = {`);
}
