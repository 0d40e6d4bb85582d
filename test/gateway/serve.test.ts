import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { legacy, modern, raw, session, stream } from "./raw-http.ts";
import { addAgent, connect, giveToken, KINDS, serve, type Serving } from "./serve-world.ts";
import { makeWorld, textOf, type World } from "./world.ts";

let world: World;
let serving: Serving;
beforeEach(async () => {
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
  addAgent(world, "other");
  serving = await serve(world);
});
afterEach(async () => {
  await serving.stop();
  await world.close();
});

const append = (id: string) => ({ name: "ledger_append", arguments: { id, value: "x" } });
const slow = (id: string, before_ms = 0) => ({
  name: "ledger_slow_append",
  arguments: { id, value: "x", before_ms },
});
const effects = (id: string): number => world.effects().filter((effect) => effect.id === id).length;
const kindsOf = (kind: string) => world.entries().filter((entry) => entry.kind === kind);

describe.each(KINDS)("an SDK client over HTTP: %s", (kind) => {
  test("lists and calls what its manifest allows (P10)", async () => {
    const client = await connect(kind, serving.url, await giveToken(world, "worker"));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("ledger_append");
    expect(textOf(await client.callTool(append("a")))).toContain("a");
    expect(effects("a")).toBe(1);
    await client.close();
  });

  test("waits for a human and gets the result of what was approved, once (P2)", async () => {
    const client = await connect(kind, serving.url, await giveToken(world, "worker"));
    const held = client.callTool(slow("held"));
    const [request] = await world.waitFor(["pending"]);
    if (request === undefined) throw new Error("no request");
    expect(effects("held")).toBe(0);
    await world.answer(request, "approve");
    expect(textOf(await held)).toContain("held");
    expect(effects("held")).toBe(1);
    await client.close();
  });
});

const later = (token: string) => modern(token, "tools/call", slow("later"));

describe("a client that has gone while its call was held", () => {
  test("asks again, and the one approval runs the call once (P2)", async () => {
    const token = await giveToken(world, "worker");
    const leaving = new AbortController();
    const first = raw(serving.url, { ...later(token), signal: leaving.signal }).catch(() => undefined);
    const [request] = await world.waitFor(["pending"]);
    leaving.abort();
    await first;
    if (request === undefined) throw new Error("no request");
    await world.answer(request, "approve");
    expect((await raw(serving.url, later(token))).body).toContain("later");
    expect(effects("later")).toBe(1);
  });

  test("another agent's same call is another question (P2)", async () => {
    const held = [
      raw(serving.url, later(await giveToken(world, "worker"))),
      raw(serving.url, later(await giveToken(world, "other"))),
    ];
    const requests = await world.waitFor(["pending"], 2);
    const own = requests.find(({ agent }) => agent === "worker");
    if (own === undefined) throw new Error("no request");
    await world.answer(own, "approve");
    expect((await held[0])?.body).toContain("later");
    expect(effects("later")).toBe(1);
    expect((await world.waitFor(["pending"])).map(({ agent }) => agent)).toEqual(["other"]);
  });
});

const ask = (token: string, id: string) => raw(serving.url, modern(token, "tools/call", append(id)));

describe("a stop (P8)", () => {
  test("of everybody is acknowledged once, when every agent's gate here forwards nothing any more", async () => {
    const tokens = [await giveToken(world, "worker"), await giveToken(world, "other")];
    const [worker = "", other = ""] = tokens;
    await ask(worker, "before");
    await raw(serving.url, modern(other, "tools/list"));
    const held = raw(serving.url, modern(other, "tools/call", slow("held")));
    await world.waitFor(["pending"]);
    const { status, out } = world.kidoban("stop", "--reason", "drill");
    expect([status, out]).toEqual([0, expect.stringContaining("Acknowledged by 1 running gate")]);
    expect((await held).body).toContain("withdrawn");
    for (const token of tokens) expect((await ask(token, "after")).body).toContain("STOPPED");
    expect(effects("after")).toBe(0);
    const entries = world.entries();
    expect(kindsOf("stop.acknowledged")).toHaveLength(1);
    const [from, to] = ["stop.acknowledged", "call.intent"].map((kind) =>
      entries.findLastIndex((entry) => entry.kind === kind),
    );
    expect(to).toBeLessThan(from ?? -1);
    // It goes on living: whoever watches over it is told that it serves refusals.
    expect((await raw(serving.url, { method: "GET", path: "/readyz" })).status).toBe(200);
  });

  test("holds for an agent that comes only later, whose gate was not open yet", async () => {
    expect(world.kidoban("stop", "--agent", "other", "--reason", "drill").status).toBe(0);
    expect((await ask(await giveToken(world, "other"), "late")).body).toContain("STOPPED");
    expect((await ask(await giveToken(world, "worker"), "late")).body).not.toContain("STOPPED");
    expect(effects("late")).toBe(1);
  });

  test("of one agent leaves another on the same process alone", async () => {
    const [worker, other] = [await giveToken(world, "worker"), await giveToken(world, "other")];
    await Promise.all([ask(worker, "one"), raw(serving.url, modern(other, "tools/list"))]);
    expect(world.kidoban("stop", "--agent", "worker", "--reason", "drill").status).toBe(0);
    expect((await ask(worker, "two")).body).toContain("STOPPED");
    const read = { name: "ledger_read", arguments: { id: "one" } };
    expect((await raw(serving.url, modern(other, "tools/call", read))).body).not.toContain("STOPPED");
  });
});

describe("the end", () => {
  test("lets what runs finish, tells what cannot, and leaves a log that closes (P4)", async () => {
    const token = await giveToken(world, "worker");
    const own = await session(serving.url, token);
    const running = raw(serving.url, legacy(token, { id: 1, method: "tools/call", params: append("last") }, own));
    const listening = await stream(
      serving.url,
      modern(token, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    );
    await listening.until("acknowledged");
    expect((await running).body).toContain("last");
    expect(await serving.stop()).toBe(0);
    await listening.ended;
    expect(kindsOf("stream.closed").length).toBeGreaterThan(0);
    expect(world.kidoban("log", "verify").status).toBe(0);
  });

  test("a killed process leaves tokens, questions and the log as they were (P5)", async () => {
    const token = await giveToken(world, "worker");
    const held = raw(serving.url, modern(token, "tools/call", slow("kept"))).catch(() => undefined);
    const [request] = await world.waitFor(["pending"]);
    const gone = new Promise((done) => serving.process.once("exit", done));
    serving.process.kill("SIGKILL");
    await Promise.all([gone, held]);
    serving = await serve(world);
    if (request === undefined) throw new Error("no request");
    await world.answer(request, "approve");
    expect((await raw(serving.url, modern(token, "tools/call", slow("kept")))).body).toContain("kept");
    expect(effects("kept")).toBe(1);
  });
});

test("a change that narrows one agent's manifest holds at once for it, and its client is told (P12)", async () => {
  const [worker, other] = [await giveToken(world, "worker"), await giveToken(world, "other")];
  const listening = await stream(
    serving.url,
    modern(worker, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
  );
  await listening.until("acknowledged");
  // Lists are asked for before they can be told to have changed.
  await raw(serving.url, modern(worker, "tools/list"));
  world.writeManifest("  - { id: none, effect: deny, match: [ledger/append] }");
  await listening.until("list_changed");
  await sleep(50);
  expect((await raw(serving.url, modern(worker, "tools/list"))).body).not.toContain('"ledger_append"');
  expect((await raw(serving.url, modern(worker, "tools/call", append("no")))).body).toContain("error");
  expect((await raw(serving.url, modern(other, "tools/list"))).body).toContain("ledger_append");
  expect(effects("no")).toBe(0);
  listening.leave();
});
