/** A disk that is full: no entry, no call. */

import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";

let world: World;
afterEach(() => world.close());

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
/** In blocks of 512 bytes: what the store needs fits, a few large bodies do not. */
const LIMIT = 1200;

test("a file that cannot grow seals the gate: nothing is forwarded any more, reads included, and the agent is told (P4)", async () => {
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
  const client = new Client({ name: "test", version: "1" });
  const limited = `ulimit -f ${LIMIT}; exec "$0" "$@"`;
  await client.connect(
    new StdioClientTransport({
      command: "sh",
      args: ["-c", limited, process.execPath, KIDOBAN, "stdio", "--agent", "worker"],
      env: world.env,
      stderr: "ignore",
    }),
  );
  const value = "x".repeat(90_000);
  let passed = 0;
  let said = "";
  for (let n = 0; n < 20 && said === ""; n += 1) {
    const text = textOf(await client.callTool({ name: "ledger_append", arguments: { id: `n${n}`, value } }));
    if (text.includes("audit log cannot be written")) said = text;
    else if (!text.includes("NOT RECORDED")) passed += 1;
  }
  expect(said).toContain("NOT EXECUTED");
  expect(passed).toBeGreaterThan(1);
  const before = world.effects().length;
  // What reached the server has its intent in the log; at most the one that filled the disk has no outcome.
  const intents = world.entries().filter((entry) => entry.kind === "call.intent");
  expect(intents.length).toBeGreaterThanOrEqual(before);
  expect(textOf(await client.callTool({ name: "ledger_read", arguments: { id: "n0" } }))).toContain("NOT EXECUTED");
  expect(world.effects()).toHaveLength(before);
  await client.close();
});
