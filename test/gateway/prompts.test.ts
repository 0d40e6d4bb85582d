/** The client's own dialog as a channel: only where the configuration lets `client` suffice, and never proof of more. */

import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";

const CLIENT_SUFFICES = "approvals: { assurance: client }";
const WRITE = { name: "ledger_append", arguments: { id: "a", value: "1" } };
const FORM = { elicitation: { form: {} } };
/** Slower than a program that nobody looks at. */
const HUMAN_MS = 1_700;

type Reply = (message: string) => Promise<ElicitResult>;
const after =
  (ms: number, result: ElicitResult): Reply =>
  async () => {
    await sleep(ms);
    return result;
  };
const YES: ElicitResult = { action: "accept", content: { decision: "approve" } };

let world: World;
afterEach(() => world.close());

const legacy = (reply: Reply) =>
  world.client(FORM, (client) =>
    client.setRequestHandler(ElicitRequestSchema, (request) => reply(request.params.message)),
  );

describe("a 2025-era client's dialog", () => {
  test("approves where client suffices, and the answer is labelled as the client's (P2)", async () => {
    world = makeWorld({ config: CLIENT_SUFFICES });
    let shown = "";
    const client = await legacy(async (message) => {
      shown = message;
      await sleep(HUMAN_MS);
      return YES;
    });
    expect((await client.callTool(WRITE)).isError).toBeFalsy();
    expect(shown).toContain('"value": "1"');
    expect(world.effects()).toHaveLength(1);
    const answered = world.entries().find((entry) => entry.kind === "request.answered");
    expect(answered?.["statement"]).toEqual({ assurance: "client", answer: "approve" });
  });

  test.each<[string, ElicitResult]>([
    ["an empty form", { action: "accept", content: {} }],
    ["a form with another decision", { action: "accept", content: { decision: "yes" } }],
    ["a cancel", { action: "cancel" }],
    ["a decline", { action: "decline" }],
  ])("%s is neither yes nor no (P2)", async (_name, result) => {
    world = makeWorld({ config: CLIENT_SUFFICES, manifest: "wait: 2s" });
    const client = await legacy(after(HUMAN_MS, result));
    expect(textOf(await client.callTool(WRITE))).toContain("NOT EXECUTED");
    expect(world.effects()).toEqual([]);
    expect(await world.waitFor(["pending"])).toHaveLength(1);
  });

  test("an instant yes means that nobody is there: recorded as silence, and it is not asked again (P2)", async () => {
    world = makeWorld({ config: CLIENT_SUFFICES, manifest: "wait: 1s" });
    let asked = 0;
    const client = await legacy(async () => {
      asked += 1;
      return YES;
    });
    expect(textOf(await client.callTool(WRITE))).toContain("NOT EXECUTED");
    await client.callTool({ ...WRITE, arguments: { id: "b", value: "2" } });
    expect(asked).toBe(1);
    expect(world.effects()).toEqual([]);
    expect(world.entries().filter((entry) => entry.kind === "client.silent")).toHaveLength(1);
  });

  test("is not asked at all where the configuration wants an operator (P7)", async () => {
    world = makeWorld({ manifest: "wait: 1s" });
    let asked = 0;
    const client = await legacy(async () => {
      asked += 1;
      await sleep(HUMAN_MS);
      return YES;
    });
    expect(textOf(await client.callTool(WRITE))).toContain("NOT EXECUTED");
    expect(asked).toBe(0);
  });

  test("loses to a rule that wants more, whatever the floor says (P2)", async () => {
    world = makeWorld({
      config: CLIENT_SUFFICES,
      manifest: "wait: 1s",
      rules: "  - { id: harder, effect: ask, match: [ledger/append], approval: { assurance: operator } }",
    });
    let asked = 0;
    const client = await legacy(async () => {
      asked += 1;
      return YES;
    });
    await client.callTool(WRITE);
    expect(asked).toBe(0);
    expect(world.effects()).toEqual([]);
  });
});

const connect = async (reply: Reply): Promise<ModernClient> => {
  const client = new ModernClient(
    { name: "modern", version: "1" },
    { capabilities: FORM, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  client.setRequestHandler("elicitation/create", async (request) => reply(JSON.stringify(request.params)));
  const kidoban = resolve(import.meta.dirname, "../../dist/kidoban.js");
  await client.connect(
    new ModernTransport({
      command: process.execPath,
      args: [kidoban, "stdio", "--agent", "worker"],
      env: world.env,
      stderr: "ignore",
    }),
  );
  return client;
};

describe("a 2026-era client", () => {
  test("carries the question back and approves, once (P2)", async () => {
    world = makeWorld({ config: CLIENT_SUFFICES });
    const client = await connect(after(HUMAN_MS, YES));
    expect(client.getProtocolEra()).toBe("modern");
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain("ledger_append");
    expect((await client.callTool(WRITE)).isError).toBeFalsy();
    expect(world.effects()).toHaveLength(1);
    await client.close();
  });

  test("that answers at once is taken for nobody; the call is held, not approved (P2)", async () => {
    world = makeWorld({ config: CLIENT_SUFFICES, manifest: "wait: 1s" });
    const client = await connect(async () => YES);
    expect(textOf(await client.callTool(WRITE))).toContain("NOT EXECUTED");
    expect(world.effects()).toEqual([]);
    await client.close();
  });
});
