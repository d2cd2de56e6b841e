import assert from "node:assert/strict";
import { test } from "node:test";
import {
  curlSnippet,
  pythonSnippet,
  telegrafSnippet,
  typedSensors,
} from "../../src/pages/gateways/snippets.ts";

const CONNECTED = {
  ingest: "http://127.0.0.1:8001",
  token: "bgi_x",
  producer: "rig-7/daq-1",
  keys: ["p1", "p2"],
};

test("sensors are typed a line each, and the last line with a key holds", () => {
  assert.deepEqual(typedSensors("p1, V, bar\n\n p2,V\np1,mA,bar\n"), [
    { key: "p1", input_unit: "mA", output_unit: "bar" },
    { key: "p2", input_unit: "V", output_unit: "V" },
  ]);
});

test("snippets name the address, the token and the sensors", () => {
  assert.match(pythonSnippet(CONNECTED), /URL = "ws:\/\/127\.0\.0\.1:8001\/ingest\/v1\/ws"/);
  assert.match(pythonSnippet(CONNECTED), /SENSORS = \["p1","p2"\]/);
  assert.match(curlSnippet(CONNECTED), /"http:\/\/127\.0\.0\.1:8001\/ingest\/v1\/readings"/);
  assert.match(curlSnippet(CONNECTED), /Bearer bgi_x/);
  assert.match(telegrafSnippet(CONNECTED), /urls = \["http:\/\/127\.0\.0\.1:8001"\]\n {2}token = "bgi_x"/);
});
