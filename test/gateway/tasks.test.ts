/** Held calls as tasks: real gates, a server that keeps its own ledger, and approvals from another process. */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client as SdkClient } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { DECLARED, modernClient, TASKS, type Modern, type Reply } from "./modern.ts";
import { makeWorld, textOf, type LogEntry, type World } from "./world.ts";
import { z } from "zod";

const WRITE = ["ledger_append", { id: "a", value: "1" }] as const;

let world: World;
const clients: Modern[] = [];
const endAll = (): Promise<unknown> => Promise.all(clients.splice(0).map((client) => client.close()));

function client(agent = "worker"): Modern {
  const started = modernClient(world.command(agent), world.env);
  clients.push(started);
  return started;
}

const taskId = (reply: Reply): string => {
  expect(reply.result).toMatchObject({ resultType: "task", status: "working", taskId: expect.any(String) });
  return String(reply.result?.["taskId"]);
};
const get = (of: Modern, id: string): Promise<Reply> => of.request("tasks/get", { taskId: id });

/** Polls until it has ended. */
async function ended(of: Modern, id: string): Promise<NonNullable<Reply["result"]>> {
  for (let tries = 0; tries < 800; tries += 1) {
    const { result, error } = await get(of, id);
    if (error !== undefined) throw new Error(error.message);
    if (result?.["status"] !== "working") return result ?? {};
    await sleep(25);
  }
  throw new Error("it does not end");
}
const pending = async () => (await world.waitFor(["pending"]))[0]!;
const entries = (kind: string) => world.entries().filter((entry) => entry.kind === kind);
const of = (request: Request) => (entry: LogEntry) => entry["request"] === request.id;
const effects = (id: string) => world.effects().filter((effect) => effect.id === id);

describe("a held call of a client that declares tasks", () => {
  let agent: Modern;
  beforeAll(() => {
    world = makeWorld();
    agent = client();
  });
  afterAll(async () => {
    await endAll();
    await world.close();
  });
  const append = (id: string): Promise<Reply> => agent.call("ledger_append", { id, value: "1" });

  test("is answered with a task at once, and runs once when a human in another process approves, polled or not (P2, P5)", async () => {
    const created = await append("first");
    const id = taskId(created);
    const request = await pending();
    expect(created.result).toEqual({
      resultType: "task",
      taskId: expect.stringMatching(/^[\w-]{32}$/),
      status: "working",
      statusMessage: expect.stringContaining(`approve ${request.code}`),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      lastUpdatedAt: expect.any(String),
      ttlMs: expect.any(Number),
      pollIntervalMs: 2000,
    });
    expect(request.attended).toBe(true);
    expect(effects("first")).toEqual([]);
    expect((await get(agent, id)).result).toEqual({ ...created.result, resultType: "complete" });

    expect(await world.answer(request, "approve")).toMatchObject({ kind: "counted" });
    await world.waitFor(["succeeded"]);
    expect(effects("first")).toMatchObject([{ tool: "append", value: "1" }]);
    const done = await ended(agent, id);
    expect(done).toMatchObject({ resultType: "complete", taskId: id, status: "completed" });
    expect(done["result"]).toMatchObject({ resultType: "complete", content: [{ type: "text" }] });
    expect((done["result"] as { isError?: boolean }).isError).toBeFalsy();
    expect(await ended(agent, id)).toEqual(done);
    expect(effects("first")).toHaveLength(1);

    const kinds = world.entries().map((entry) => entry.kind);
    const order = [
      "request.opened",
      "task.opened",
      "request.answered",
      "request.claimed",
      "call.intent",
      "call.outcome",
    ];
    expect(kinds.filter((kind) => order.includes(kind)).toSorted()).toEqual(order.toSorted());
    expect(kinds.indexOf("request.opened")).toBeLessThan(kinds.indexOf("task.opened"));
    expect(entries("task.read")).toHaveLength(2);
    expect(world.everything()).not.toContain(id);
    expect(world.kidoban("log", "verify").status).toBe(0);
  });

  test("its result is the identical call's no more once it was read: that one asks anew", async () => {
    const id = taskId(await append("read"));
    await world.answer(await pending(), "approve");
    await ended(agent, id);
    taskId(await append("read"));
    await world.answer(await pending(), "deny");
    expect(effects("read")).toHaveLength(1);
  });

  test("nobody having read it, the identical call gets the stored result, marked as not run again (P5)", async () => {
    const id = taskId(await append("unread"));
    const request = await pending();
    await world.answer(request, "approve");
    const { store } = await world.state();
    while (effects("unread").length === 0 || (await store.request(request.id))?.attended === true) await sleep(20);
    const again = await append("unread");
    expect(again.result?.["_meta"]).toHaveProperty(["dev.kidoban/replayed"]);
    expect(await ended(agent, id)).toMatchObject({ status: "completed" });
    expect(effects("unread")).toHaveLength(1);
  });

  test("denied: completed, with the result that says so; nothing was sent (P2)", async () => {
    const id = taskId(await append("denied"));
    await world.answer(await pending(), "deny", undefined, undefined, "not today");
    const done = await ended(agent, id);
    expect(done).toMatchObject({ status: "completed", result: { isError: true } });
    expect(textOf(done["result"])).toMatch(/DENIED by tester.*not today/s);
    expect(effects("denied")).toEqual([]);
  });

  test("an error of the server's is the task's error, and the result of a tool that failed its result", async () => {
    const failed = taskId(await agent.call("ledger_fail", { id: "a", how: "rpc" }));
    await world.answer(await pending(), "approve");
    const one = await ended(agent, failed);
    expect(one).toMatchObject({ status: "failed", error: { code: expect.any(Number), message: expect.any(String) } });
    expect(one).not.toHaveProperty("result");
    const wrong = taskId(await agent.call("ledger_fail", { id: "a", how: "tool" }));
    await world.answer(await pending(), "approve");
    const other = await ended(agent, wrong);
    expect(other).toMatchObject({ status: "completed", result: { isError: true } });
    expect(other).not.toHaveProperty("error");
  });

  test("nobody answers in time: completed, NOT EXECUTED", async () => {
    const id = taskId(await append("late"));
    const request = await pending();
    await world.tamper("UPDATE requests SET facts = json_set(facts, '$.expiresAt', 1) WHERE id = ?", request.id);
    expect(textOf((await ended(agent, id))["result"])).toContain("nobody answered in time");
    expect(entries("request.closed").filter(of(request))).toMatchObject([{ state: "expired" }]);
    expect((await world.answer(request, "approve")).kind).not.toBe("counted");
    expect(effects("late")).toEqual([]);
  });

  test("tasks/cancel withdraws it; an approval that comes after does nothing", async () => {
    const id = taskId(await append("cancelled"));
    const request = await pending();
    expect((await agent.request("tasks/cancel", { taskId: id })).result).toEqual({ resultType: "complete" });
    expect(await ended(agent, id)).toMatchObject({ status: "cancelled", statusMessage: expect.any(String) });
    expect((await world.answer(request, "approve")).kind).not.toBe("counted");
    expect((await agent.request("tasks/cancel", { taskId: id })).result).toEqual({ resultType: "complete" });
    expect(await ended(agent, id)).toMatchObject({ status: "cancelled" });
    expect(entries("request.closed").filter(of(request))).toMatchObject([{ state: "withdrawn" }]);
    expect(effects("cancelled")).toEqual([]);
  });

  test("tasks/cancel does not call back what runs, and changes nothing of what has ended (P5)", async () => {
    const id = taskId(await agent.call("ledger_slow_append", { id: "slow", value: "1", after_ms: 3000 }));
    await world.answer(await pending(), "approve");
    await world.waitFor(["executing"]);
    expect((await agent.request("tasks/cancel", { taskId: id })).result).toEqual({ resultType: "complete" });
    const done = await ended(agent, id);
    expect(done).toMatchObject({ status: "completed" });
    await agent.request("tasks/cancel", { taskId: id });
    expect(await ended(agent, id)).toEqual(done);
    expect(effects("slow")).toHaveLength(1);
  });

  test("tasks/update is acknowledged, since nothing is asked in tasks, and can approve nothing (P7)", async () => {
    const id = taskId(await append("update"));
    const inputResponses = { kidoban: { action: "accept", content: { decision: "approve" } } };
    expect((await agent.request("tasks/update", { taskId: id, inputResponses })).result).toEqual({
      resultType: "complete",
    });
    expect((await agent.request("tasks/update", { taskId: id, inputResponses: 1 })).error?.code).toBe(-32602);
    expect((await get(agent, id)).result).toMatchObject({ status: "working" });
    await agent.request("tasks/cancel", { taskId: id });
    expect(effects("update")).toEqual([]);
  });

  test("two identical calls are two tasks of one request, and two pollers at once get the one result (P5)", async () => {
    const other = client();
    // One that servers could ask in the middle of a call: not of this one, where nobody waits at the other end.
    const ASKABLE = { ...DECLARED, elicitation: { form: {} }, sampling: {} };
    const same = ["ledger_append", { id: "same", value: "1" }] as const;
    const ids = [
      taskId(await append("same")),
      taskId(await append("same")),
      taskId(await other.call(...same, ASKABLE)),
    ];
    expect(new Set(ids).size).toBe(3);
    const request = await pending();
    await world.answer(request, "approve");
    const pollers = [[agent, 0] as const, [other, 1] as const, [other, 2] as const, [agent, 2] as const];
    const read = await Promise.all(pollers.map(([poller, n]) => ended(poller, ids[n]!)));
    for (const done of read) expect(done["result"]).toEqual(read[0]?.["result"]);
    expect(effects("same")).toHaveLength(1);
    expect(entries("request.claimed").filter(of(request))).toHaveLength(1);
  });

  test("P5: a row that is set to approved by hand runs nothing", async () => {
    const id = taskId(await append("forged"));
    const request = await pending();
    const { store } = await world.state();
    await store.move(request.id, ["pending"], "approved", Date.now(), { redeemUntil: Date.now() + 60_000 });
    for (let polls = 0; polls < 10; polls += 1) {
      expect((await get(agent, id)).result).toMatchObject({ status: "working" });
      await sleep(30);
    }
    await agent.request("tasks/cancel", { taskId: id });
    expect(effects("forged")).toEqual([]);
  });

  test("attack: what an agent may know, and what breaks lookups, is no id of a task", async () => {
    const id = taskId(await append("guessed"));
    const request = await pending();
    const digest = String(entries("task.opened").find(of(request))?.["task"]);
    const turned = id.replaceAll(/[a-z]/gi, (letter) =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    );
    const odd = [`${id} `, "", "%", "\0", "__proto__", "x".repeat(100_000), 7, null, [id]];
    for (const guess of [request.id, request.call, request.code, digest, turned, ...odd])
      expect((await agent.request("tasks/get", { taskId: guess })).error?.code, String(guess)).toBe(-32602);
    expect((await get(agent, id)).result).toMatchObject({ status: "working" });
  });

  test("it is forgotten when its time is over", async () => {
    const id = taskId(await append("forgotten"));
    await world.tamper("UPDATE tasks SET keep_until = ?", String(Date.now() - 1));
    expect((await get(agent, id)).error?.code).toBe(-32602);
  });
});

describe("alone in its world,", () => {
  afterEach(async () => {
    await endAll();
    await world.close();
  });

  describe("a task outlives its process", () => {
    test("killed after its answer: the task is there, and runs once in the next process when it is polled (P4, P5)", async () => {
      world = makeWorld();
      const agent = client();
      const id = taskId(await agent.call(...WRITE));
      const request = await pending();
      await agent.kill();
      await world.answer(request, "approve");
      await sleep(300);
      expect(world.effects()).toEqual([]);
      const [next, another] = [client(), client()];
      const [first, second] = await Promise.all([ended(next, id), ended(another, id)]);
      expect(first).toMatchObject({ taskId: id, status: "completed" });
      expect(second).toEqual(first);
      expect(world.effects()).toHaveLength(1);
    });

    test("one that was taken up by a poll runs without another one", async () => {
      world = makeWorld();
      const agent = client();
      const id = taskId(await agent.call(...WRITE));
      await agent.close();
      const next = client();
      expect((await get(next, id)).result).toMatchObject({ status: "working" });
      await world.answer(await pending(), "approve");
      await world.waitFor(["succeeded"]);
      expect(world.effects()).toHaveLength(1);
    });

    test("killed while it ran: unknown, and never run again (P5)", async () => {
      world = makeWorld();
      const agent = client();
      const id = taskId(await agent.call("ledger_slow_append", { id: "a", value: "1", after_ms: 20_000 }));
      await world.answer(await pending(), "approve");
      await world.waitFor(["executing"]);
      while (world.effects().length === 0) await sleep(20);
      await agent.kill();
      const done = await ended(client(), id);
      expect(done).toMatchObject({ status: "completed", result: { isError: true } });
      expect(textOf(done["result"])).toContain("OUTCOME UNKNOWN");
      expect(world.effects()).toHaveLength(1);
    });

    test("ended while nobody looked: the result is there for the next process", async () => {
      world = makeWorld();
      const agent = client();
      const id = taskId(await agent.call(...WRITE));
      await world.answer(await pending(), "approve");
      await world.waitFor(["succeeded"]);
      await agent.kill();
      expect(await ended(client(), id)).toMatchObject({ status: "completed" });
      expect(world.effects()).toHaveLength(1);
    });
  });

  describe("whose task it is", () => {
    test("another agent's id answers exactly like one that never was, and neither reads nor cancels (P1)", async () => {
      world = makeWorld({ prepare: twoAgents });
      const agent = client();
      const thief = client("thief");
      const id = taskId(await agent.call(...WRITE));
      for (const method of ["tasks/get", "tasks/cancel", "tasks/update"]) {
        const stolen = await thief.request(method, { taskId: id, inputResponses: {} });
        const guessed = await thief.request(method, {
          taskId: randomBytes(24).toString("base64url"),
          inputResponses: {},
        });
        expect(stolen).toEqual(guessed);
        expect(stolen.error).toEqual({ code: -32602, message: "Invalid params: Task not found" });
      }
      expect((await pending()).state).toBe("pending");
      await world.answer(await pending(), "approve");
      await world.waitFor(["succeeded"]);
      expect((await thief.request("tasks/get", { taskId: id })).error?.code).toBe(-32602);
      expect(await ended(agent, id)).toMatchObject({ status: "completed" });
      expect(entries("message.refused").filter((entry) => entry["agent"] === "thief").length).toBeGreaterThan(5);
    });
  });

  describe("what stays as it is", () => {
    test("a client that does not declare tasks on this very request never gets one", async () => {
      world = makeWorld({ manifest: "wait: 0s" });
      const agent = client();
      const id = taskId(await agent.call(...WRITE));
      for (const capabilities of [
        {},
        { extensions: {} },
        { extensions: { [TASKS]: true } },
        { extensions: [TASKS] },
        { tasks: {} },
      ]) {
        const { result } = await agent.call("ledger_append", { id: "b", value: "2" }, capabilities);
        expect(result).toMatchObject({ resultType: "complete", isError: true });
        expect(textOf(result)).toContain("kidoban_wait");
        for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
          const { error } = await agent.request(method, { taskId: id, inputResponses: {} }, capabilities);
          expect(error).toEqual({
            code: -32021,
            message: "Missing required client capability",
            data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
          });
        }
        const listen = { notifications: { taskIds: [id] } };
        expect((await agent.request("subscriptions/listen", listen, capabilities)).error?.code).toBe(-32021);
      }
      expect((await get(agent, id)).result).toMatchObject({ status: "working" });
      expect((await agent.request("tasks/list")).error?.code).toBe(-32601);
      expect((await agent.request("tasks/result", { taskId: id })).error?.code).toBe(-32601);
    });

    test("what is allowed or denied has a plain result, and server/discover says that there are tasks", async () => {
      world = makeWorld({
        rules: `  - { id: free, effect: allow, match: [ledger/append] }
  - { id: never, effect: deny, match: [ledger/slow_append], when: "args.value == 'no'", reason: "no" }`,
      });
      const agent = client();
      expect((await agent.call("ledger_read", { id: "a" })).result).toMatchObject({ resultType: "complete" });
      expect((await agent.call(...WRITE)).result).toMatchObject({ resultType: "complete" });
      const denied = await agent.call("ledger_slow_append", { id: "a", value: "no" });
      expect(denied.result).toMatchObject({ resultType: "complete", isError: true });
      expect((await agent.call("ledger_nothing", {})).error?.code).toBe(-32602);
      const { result } = await agent.request("server/discover");
      expect(result?.["capabilities"]).toMatchObject(DECLARED);
      expect(result?.["capabilities"]).not.toHaveProperty("tasks");
      expect(entries("task.opened")).toEqual([]);
    });

    test("in the 2025 era there are none, whatever is declared", async () => {
      world = makeWorld({ manifest: "wait: 0s" });
      const legacy = await world.client({ extensions: { [TASKS]: {} } });
      expect(legacy.getServerCapabilities()).not.toHaveProperty("extensions");
      const result = await legacy.callTool({ name: WRITE[0], arguments: WRITE[1] });
      expect(textOf(result)).toContain("kidoban_wait");
    });
  });

  describe("a task is held like any other call", () => {
    test("P8: a stop withdraws it, and withholds what a server had answered until it is lifted", async () => {
      world = makeWorld();
      const agent = client();
      const done = taskId(await agent.call("ledger_append", { id: "z", value: "0" }));
      await world.answer(await pending(), "approve");
      await world.waitFor(["succeeded"]);
      const id = taskId(await agent.call(...WRITE));
      const request = await pending();
      expect(world.kidoban("stop", "--reason", "enough").status).toBe(0);
      expect((await world.answer(request, "approve")).kind).not.toBe("counted");
      expect(textOf((await ended(agent, id))["result"])).toMatch(/withdrawn.*enough/);
      expect((await get(agent, done)).error).toMatchObject({
        code: -32603,
        message: expect.stringContaining("STOPPED"),
      });
      expect((await agent.call(...WRITE)).result).toMatchObject({ resultType: "complete", isError: true });
      expect(world.effects()).toHaveLength(1);
    });

    test("P12: what the rules no longer allow to be asked is void", async () => {
      world = makeWorld();
      const agent = client();
      const id = taskId(await agent.call(...WRITE));
      world.writeManifest(`  - { id: never, effect: deny, match: [ledger/append], reason: "no" }`);
      expect(textOf((await ended(agent, id))["result"])).toContain("no longer holds");
      expect(world.effects()).toEqual([]);
    });

    test("the SDK's client of 2026-07-28 reads it", async () => {
      world = makeWorld();
      const [command = "", ...args] = world.command("worker");
      const sdk = new SdkClient(
        { name: "sdk", version: "2" },
        { capabilities: DECLARED, versionNegotiation: { mode: { pin: "2026-07-28" } } },
      );
      await sdk.connect(new StdioClientTransport({ command, args, env: world.env, stderr: "ignore" }));
      try {
        expect(sdk.getServerCapabilities()).toMatchObject(DECLARED);
        const raw = client();
        const id = taskId(await raw.call(...WRITE));
        await world.answer(await pending(), "approve");
        await ended(raw, id);
        const read = await sdk.request({ method: "tasks/get", params: { taskId: id } }, z.looseObject({}));
        expect(read).toMatchObject({ taskId: id, status: "completed", result: { content: [{ type: "text" }] } });
        // The SDK itself knows no tasks: it says so, and what it was refused waits for its human all the same.
        await expect(sdk.callTool({ name: WRITE[0], arguments: WRITE[1] })).rejects.toMatchObject({
          data: { resultType: "task" },
        });
        await pending();
      } finally {
        await sdk.close();
      }
    });
  });
});

/** A second agent with the same rights. */
function twoAgents(root: string): void {
  const folder = join(root, "config", "manifests");
  const text = readFileSync(join(folder, "worker.yaml"), "utf8");
  writeFileSync(join(folder, "thief.yaml"), text.replace("agent: worker", "agent: thief"));
}
