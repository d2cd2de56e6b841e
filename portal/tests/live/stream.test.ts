import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, mock, test } from "node:test";
import { LiveStream } from "../../src/live/stream.ts";

/** What a browser has, as far as a stream uses it; a socket is opened and spoken through by hand. */
class HandSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static all: HandSocket[] = [];
  readyState = HandSocket.CONNECTING;
  said: string[] = [];
  onopen = () => {};
  onmessage = (_: { data: string | ArrayBuffer }) => {};
  onclose = (_: { code: number }) => {};

  constructor() {
    HandSocket.all.push(this);
  }

  open() {
    this.readyState = HandSocket.OPEN;
    this.onopen();
  }

  send(text: string) {
    this.said.push((JSON.parse(text) as { type: string }).type);
  }

  close() {
    this.readyState = 3;
  }
}

Object.assign(globalThis, {
  WebSocket: HandSocket,
  location: { protocol: "http:", host: "127.0.0.1" },
  window: globalThis,
});

const QUIET = { onChange: () => {}, onState: () => {}, onLogInEnded: () => {} };
const ALIVE = JSON.stringify({ type: "alive", id: 1, position: "s1.a", server_us: 1 });

/** The document's own example: of watch 1. */
function patch(): ArrayBuffer {
  const text = readFileSync(new URL("../../../docs/asyncapi-live.yaml", import.meta.url), "utf8");
  const hex = /payload: "(424c3031[0-9a-f\\\s]+)"/.exec(text)?.[1]?.replace(/\\|\s/g, "") ?? "";
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)).buffer;
}

function watched(): [LiveStream, HandSocket] {
  const stream = new LiveStream(QUIET);
  stream.watch(["a"], 60e6, 300, "physical");
  const socket = HandSocket.all.at(-1) as HandSocket;
  socket.open();
  return [stream, socket];
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  HandSocket.all = [];
});

test("a stream that is silent is opened again", () => {
  const [, socket] = watched();
  mock.timers.tick(15_000);
  socket.onmessage({ data: ALIVE });
  mock.timers.tick(15_000);
  assert.equal(HandSocket.all.length, 1);
  mock.timers.tick(2000);
  mock.timers.tick(2000);
  assert.equal(HandSocket.all.length, 2);
});

test("one that waits for what it sent to be drawn is not, until it is drawn and silent again", () => {
  const [stream, socket] = watched();
  socket.onmessage({ data: patch() });
  mock.timers.tick(3_600_000);
  assert.equal(HandSocket.all.length, 1);
  stream.drawn();
  assert.deepEqual(socket.said, ["watch", "ready"]);
  mock.timers.tick(17_000);
  mock.timers.tick(2000);
  assert.equal(HandSocket.all.length, 2);
});

test("one that waits for another try takes it at once when the network is back, and only then", () => {
  const [stream, socket] = watched();
  stream.hurry();
  assert.equal(HandSocket.all.length, 1);
  socket.onclose({ code: 1006 });
  stream.hurry();
  assert.equal(HandSocket.all.length, 2);
  stream.hurry();
  mock.timers.tick(5000);
  assert.equal(HandSocket.all.length, 2);
});

test("after a sleep a stream that may be dead has a moment to say something", () => {
  const [stream, socket] = watched();
  stream.hurry();
  mock.timers.tick(5000);
  assert.equal(HandSocket.all.length, 1);
  // The machine sleeps: its timers don't run, and its clock does.
  mock.timers.setTime(3_600_000);
  socket.onmessage({ data: patch() });
  mock.timers.setTime(7_200_000);
  stream.hurry();
  stream.drawn();
  mock.timers.tick(2900);
  assert.equal(HandSocket.all.length, 1);
  mock.timers.tick(200);
  assert.equal(HandSocket.all.length, 2);
});

test("one that says something then is left as it is", () => {
  const [stream, socket] = watched();
  socket.onmessage({ data: patch() });
  mock.timers.tick(3_600_000);
  stream.hurry();
  stream.drawn();
  mock.timers.tick(1000);
  socket.onmessage({ data: ALIVE });
  mock.timers.tick(15_000);
  assert.equal(HandSocket.all.length, 1);
});
