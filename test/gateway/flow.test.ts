/** The whole flow through real processes: one gate, a real 2025-era client, a server that keeps its own ledger. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";

describe("a gate", () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld({
      rules: `  - { id: free, effect: allow, match: [ledger/slow_append] }\n  - { id: never, effect: deny, match: [ledger/delete_entry] }`,
    });
  });
  afterEach(() => world.close());

  test("lists what is not unconditionally denied, with our access in the place of hints (P1)", async () => {
    const client = await world.client();
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      "ledger_append",
      "ledger_append_and_answer_other",
      "ledger_append_and_answer_twice",
      "ledger_append_and_exit",
      "ledger_append_and_flood",
      "ledger_append_and_garbage",
      "ledger_append_and_half",
      "ledger_append_and_hang",
      "ledger_fail",
      "ledger_read",
      "ledger_slow_append",
      "kidoban_wait",
    ]);
    expect(tools.find((tool) => tool.name === "ledger_read")?.annotations).toMatchObject({
      readOnlyHint: true,
      destructiveHint: false,
    });
    expect(tools.find((tool) => tool.name === "ledger_append")?.inputSchema.properties).toHaveProperty(
      "kidoban_reason",
    );
    expect(tools.find((tool) => tool.name === "ledger_slow_append")?.inputSchema.properties).not.toHaveProperty(
      "kidoban_reason",
    );
  });

  test("answers a denied name exactly like one that never existed, and says why in the log alone (P1)", async () => {
    const client = await world.client();
    const say = async (name: string): Promise<string> =>
      client.callTool({ name, arguments: { id: "a" } }).then(
        () => "answered",
        (error: unknown) => String(error).replaceAll(name, "NAME"),
      );
    expect(await say("ledger_delete_entry")).toBe(await say("ledger_delete_entrY"));
    const denied = world.entries().filter((entry) => entry.kind === "call.denied");
    expect(denied.map((entry) => entry["why"])).toEqual([
      expect.objectContaining({ effect: "deny", rules: ["worker#never"] }),
      undefined,
    ]);
    expect(world.effects()).toEqual([]);
  });

  test("lets a read pass, recorded before and after (P4)", async () => {
    const client = await world.client();
    const result = await client.callTool({ name: "ledger_read", arguments: { id: "a" } });
    expect(result.isError).toBeFalsy();
    const [intent, outcome] = world.entries().filter((entry) => entry.kind.startsWith("call."));
    expect(intent).toMatchObject({
      kind: "call.intent",
      agent: "worker",
      target: { server: "ledger", kind: "tool", name: "read" },
    });
    expect(outcome).toMatchObject({ kind: "call.outcome", call: intent?.["call"], status: "ok" });
  });

  test("runs a write that a rule allows, with a durable intent that names the action (P2, P4)", async () => {
    const client = await world.client();
    await client.callTool({ name: "ledger_slow_append", arguments: { id: "a", value: "1" } });
    expect(world.effects()).toMatchObject([{ tool: "slow_append", id: "a", value: "1" }]);
    expect(world.entries().find((entry) => entry.kind === "call.intent")?.["action"]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("holds a write, runs it once when approved, and gives every live caller the one result (P2, P3)", async () => {
    const client = await world.client();
    const write = { name: "ledger_append", arguments: { id: "a", value: "1", kidoban_reason: "because \u202egnp" } };
    const first = client.callTool(write);
    const [request] = await world.waitFor(["pending"]);
    const second = client.callTool(write);
    expect(world.effects()).toEqual([]);
    expect(request?.argsText).toBe('{"id":"a","value":"1"}');
    expect(request?.view.reason).toBe("because \\u{202e}gnp");
    expect(await world.answer(request!, "approve")).toMatchObject({ kind: "counted", standing: { state: "met" } });
    expect(textOf(await first)).toBe(textOf(await second));
    expect(world.effects()).toMatchObject([{ tool: "append", id: "a", value: "1" }]);
    const kinds = world.entries().map((entry) => entry.kind);
    const order = ["request.opened", "request.answered", "request.claimed", "call.intent", "call.outcome"];
    expect(order.map((kind) => kinds.filter((one) => one === kind).length)).toEqual([1, 1, 1, 1, 1]);
  });

  test("tells the agent of a denial with the approver's comment, and sends nothing (P2)", async () => {
    const client = await world.client();
    const call = client.callTool({ name: "ledger_append", arguments: { id: "a", value: "1" } });
    const [request] = await world.waitFor(["pending"]);
    await world.answer(request!, "deny", undefined, undefined, "not today");
    expect(textOf(await call)).toMatch(/DENIED by tester.*not today/s);
    expect(world.effects()).toEqual([]);
    expect((await world.waitFor(["denied"]))[0]?.id).toBe(request?.id);
  });

  test("lets an approved request wait for its caller; the repeated call runs it, once (P2, P5)", async () => {
    const client = await world.client();
    const gone = new AbortController();
    const write = { name: "ledger_append", arguments: { id: "a", value: "1" } };
    const left = client.callTool(write, undefined, { signal: gone.signal }).catch(() => "left");
    const [request] = await world.waitFor(["pending"]);
    gone.abort();
    await left;
    // The cancellation is on its way: an answer before it arrives would find the caller still there.
    const { store } = await world.state();
    while ((await store.request(request!.id))?.attended === true) await sleep(20);
    await world.answer(request!, "approve");
    await sleep(300);
    expect(world.effects()).toEqual([]);
    const result = await client.callTool(write);
    expect(result.isError).toBeFalsy();
    expect(world.effects()).toHaveLength(1);
    const again = client.callTool(write);
    const [fresh] = await world.waitFor(["pending"]);
    expect(fresh?.id).not.toBe(request?.id);
    await world.answer(fresh!, "deny");
    await again;
    expect(world.effects()).toHaveLength(1);
  });

  test("gives the stored result once to a caller that had gone while the write ran (P5)", async () => {
    world.writeManifest("");
    const client = await world.client();
    const gone = new AbortController();
    const write = { name: "ledger_slow_append", arguments: { id: "a", value: "1", after_ms: 3000 } };
    const left = client.callTool(write, undefined, { signal: gone.signal }).catch(() => "left");
    const [request] = await world.waitFor(["pending"]);
    await world.answer(request!, "approve");
    await world.waitFor(["executing"]);
    gone.abort();
    await left;
    await world.waitFor(["succeeded"]);
    const replay = await client.callTool(write);
    expect(replay._meta).toHaveProperty(["dev.kidoban/replayed"]);
    expect(world.effects()).toHaveLength(1);
  });

  test("runs the stored call through kidoban_wait, so that the model never types it again (P3)", async () => {
    world.writeManifest("", "wait: 0s");
    const client = await world.client();
    const pending = await client.callTool({ name: "ledger_append", arguments: { id: "a", value: "1" } });
    expect(pending.isError).toBe(true);
    expect(textOf(pending)).toContain("NOT EXECUTED");
    const [request] = await world.waitFor(["pending"]);
    expect(textOf(pending)).toContain(request?.id);
    await world.answer(request!, "approve");
    const done = await client.callTool({ name: "kidoban_wait", arguments: { id: request?.id } });
    expect(done.isError).toBeFalsy();
    expect(world.effects()).toMatchObject([{ tool: "append", id: "a", value: "1" }]);
  });

  test("takes no more than ten questions of one agent at once", async () => {
    world.writeManifest("", "wait: 0s");
    const client = await world.client();
    const results = [];
    for (let n = 0; n < 12; n += 1)
      results.push(textOf(await client.callTool({ name: "ledger_append", arguments: { id: `n${n}`, value: "" } })));
    expect(results.filter((text) => text.includes("already wait for approval"))).toHaveLength(2);
    expect(await world.waitFor(["pending"], 10)).toHaveLength(10);
  });
});
