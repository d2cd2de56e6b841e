import assert from "node:assert/strict";
import { test } from "node:test";
import { passkeysRefused } from "../src/passkeys.ts";

const at = (hostname: string, port = "8000") => ({ hostname, port }) as Location;

test("where browsers allow no passkeys, the page says what to do", () => {
  assert.match(passkeysRefused(at("127.0.0.1"), true) ?? "", /open http:\/\/localhost:8000 instead/);
  assert.match(passkeysRefused(at("[::1]"), true) ?? "", /http:\/\/localhost:8000/);
  assert.match(passkeysRefused(at("192.0.2.7"), false) ?? "", /at a name/);
  assert.match(passkeysRefused(at("rig.example", ""), false) ?? "", /HTTPS or at localhost/);
  assert.match(passkeysRefused(at("rig.example", ""), true) ?? "", /does not know passkeys/);
});
