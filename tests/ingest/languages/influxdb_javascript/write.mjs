// Writes through both clients, and says on a line of JSON what they heard: `node write.mjs URL PORT TOKEN`.
import { HttpError, InfluxDB, Point } from "@influxdata/influxdb-client";
import Influx from "influx";

const [url, port, token] = process.argv.slice(2);
const heard = { failed: [] };

const second = new InfluxDB({ url, token });
const writer = second.getWriteApi("any", "any", "ms", { maxRetries: 0, gzipThreshold: 10 });
writer.writePoint(
  new Point("second")
    .tag("site", "ro of, left")
    .floatField("t", 1.5)
    .intField("n", 3)
    .booleanField("ok", true)
    .timestamp(new Date()),
);
await writer.close();

const failing = second.getWriteApi("any", "any", "ms", {
  maxRetries: 0,
  writeFailed: (error) => {
    heard.failed.push(error instanceof HttpError ? [error.statusCode, error.code, error.message] : `${error}`);
  },
});
failing.writeRecord("second t=");
await failing.close().catch(() => {});

const first = new Influx.InfluxDB({
  host: "127.0.0.1",
  port: Number(port),
  database: "any",
  username: "any",
  password: token,
});
await first.writePoints([
  { measurement: "first", tags: { site: "roof" }, fields: { t: 2.5 }, timestamp: new Date() },
  { measurement: "first", tags: { site: "cellar" }, fields: { t: 7.25 }, timestamp: new Date() },
]);
const [ping] = await first.ping(5000);
heard.ping = [ping.online, ping.version];
heard.first = await first
  .writePoints([{ measurement: "first", fields: { text: "a word" }, timestamp: new Date() }])
  .then(() => "stored")
  .catch((error) => error.message);
console.log(JSON.stringify(heard));
