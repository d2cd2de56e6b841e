import assert from "node:assert/strict";
import { test } from "node:test";
import { agentText } from "../../src/pages/account/agents.ts";

test("a browser is named as people call it, another program as it calls itself", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
  const edge =
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150 Safari/537.36 Edg/150";
  assert.equal(agentText(chrome), "Chrome on Linux");
  assert.equal(agentText(edge), "Edge on Windows");
  assert.equal(agentText("Python-urllib/3.11"), "Python-urllib/3.11");
  assert.equal(agentText(null), null);
});
