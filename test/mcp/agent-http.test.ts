import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentCall, Answer, ClientFacts, Gate, ListKind } from "../../src/gateway/ports.ts";
import { openHttpDoor, type HttpDoor } from "../../src/mcp/agent-http.ts";
import { bearerOf } from "../../src/mcp/http-checks.ts";
import { legacy, modern, raw, session, stream, type Raw } from "../gateway/raw-http.ts";

/** A gate whose calls are answered by the test. */
interface Hand {
  readonly gate: Gate;
  readonly calls: AgentCall[];
  readonly clients: ClientFacts[];
  readonly refusals: string[];
  answer(index: number, answer: Answer): void;
  /** Waits until so many calls have come. */
  came(count: number): Promise<void>;
  changed(kind: ListKind): void;
}

const done = (text: string): Answer => ({ kind: "result", text: `{"content":[{"type":"text","text":"${text}"}]}` });

function byHand(agent: string): Hand {
  const calls: AgentCall[] = [];
  const clients: ClientFacts[] = [];
  const refusals: string[] = [];
  const answers: ((answer: Answer) => void)[] = [];
  const listeners = new Set<(kind: ListKind) => void>();
  const gate: Gate = {
    agent,
    async connected(client) {
      clients.push(client);
    },
    async list() {
      return { text: `[{"name":"of-${agent}","inputSchema":{"type":"object"}}]`, count: 1 };
    },
    inputSchema: (tool) =>
      tool === "marked"
        ? {
            type: "object",
            properties: {
              region: { type: "string", "x-mcp-header": "Region" },
              nested: { type: "object", properties: { size: { type: "integer", "x-mcp-header": "Size" } } },
            },
          }
        : undefined,
    call(call) {
      calls.push(call);
      return new Promise((resolve) => answers.push(resolve));
    },
    watch: async () => ({ kind: "refused", answer: done("") }) as never,
    onLogMessage: () => () => undefined,
    kinds: () => new Set(),
    task: async () => ({ kind: "unknown" }) as never,
    refused: (_side, method, reason) => void refusals.push(`${method}: ${reason}`),
    onListChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    gate,
    calls,
    clients,
    refusals,
    answer: (index, answer) => answers[index]?.(answer),
    async came(count) {
      while (calls.length < count) await sleep(5);
    },
    changed(kind) {
      for (const listener of listeners) listener(kind);
    },
  };
}

const open: HttpDoor[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((door) => door.close(0)));
});

/** Two agents whose tokens are their names; a name in `gone` is let in no longer. */
async function start(
  times: Partial<Record<"headers" | "body" | "beat" | "gone" | "idle", number>> = {},
  now = () => performance.now(),
) {
  const hands = { a: byHand("a"), b: byHand("b") };
  const gone = new Set<string>();
  const door = openHttpDoor({
    version: "1",
    now,
    logIn: async (authorization) => {
      const token = bearerOf(authorization);
      const agent = token === "a" || token === "b" ? token : undefined;
      if (agent === undefined || gone.has(agent)) return undefined;
      return { agent, key: agent, holds: async () => !gone.has(agent) };
    },
    gate: async (agent) => (agent === "a" ? hands.a.gate : hands.b.gate),
    hosts: () => new Set(),
    origins: () => new Set(),
    url: () => undefined,
    metadata: () => undefined,
    healthy: () => true,
    limits: { questions: 3, sessions: 3, streams: 2 },
    times: { headers: 10_000, body: 10_000, beat: 10_000, gone: 10_000, idle: 60_000, ...times },
  });
  open.push(door);
  const { port } = await door.listen(0, "127.0.0.1");
  return { url: `http://127.0.0.1:${port}/mcp`, port, door, gone, ...hands };
}

const call = (name: string, meta: object = {}) => ({
  name,
  arguments: { x: 1 },
  ...(Object.keys(meta).length > 0 ? { _meta: meta } : {}),
});
const codeOf = ({ body }: Raw): unknown => (JSON.parse(body) as { error?: { code: number } }).error?.code;
const listening = { notifications: { toolsListChanged: true } };

describe("an answer", () => {
  test("is plain JSON where nothing else belongs to the question", async () => {
    const { url, a } = await start();
    const answer = raw(url, modern("a", "tools/call", call("t")));
    await a.came(1);
    a.answer(0, done("hello"));
    const { headers, body } = await answer;
    expect(headers["content-type"]).toBe("application/json");
    expect(body).toContain("hello");
  });

  test.each(["modern", "legacy"])("is a stream as soon as progress comes, and ends it: %s", async (era) => {
    const { url, a } = await start();
    const params = call("t", { progressToken: "p" });
    const withMeta = JSON.parse(String(modern("a", "tools/call", call("t")).body)) as { params: { _meta: object } };
    Object.assign(withMeta.params._meta, { progressToken: "p" });
    const answer =
      era === "modern"
        ? stream(url, { ...modern("a", "tools/call", call("t")), body: JSON.stringify(withMeta) })
        : stream(url, legacy("a", { id: 1, method: "tools/call", params }, await session(url, "a")));
    await a.came(1);
    a.calls[0]?.progress({ progress: 1 });
    const events = await answer;
    expect(events.headers["content-type"]).toBe("text/event-stream");
    await events.until('"progress":1');
    a.answer(0, done("hello"));
    expect(await events.until("hello")).toMatch(/progress[\s\S]*hello/);
    await events.ended;
  });

  test("has no progress where the client takes no events, and is one event where it takes nothing else", async () => {
    const { url, a } = await start();
    const own = await session(url, "a");
    const ask = (id: number, accept: string) => {
      const request = legacy("a", { id, method: "tools/call", params: call("t", { progressToken: id }) }, own);
      return raw(url, { ...request, headers: { ...request.headers, accept } });
    };
    const [plain, events] = [ask(1, "application/json"), ask(2, "text/event-stream")];
    await a.came(2);
    for (const [index, one] of a.calls.entries()) {
      one.progress({ progress: 1 });
      a.answer(index, done(`answer ${index}`));
    }
    expect((await plain).headers["content-type"]).toBe("application/json");
    expect((await plain).body).not.toContain("progress");
    expect((await events).headers["content-type"]).toBe("text/event-stream");
  });

  test("that takes long is kept open by comments, which say nothing", async () => {
    const { url, a } = await start({ beat: 30 });
    const events = await stream(url, modern("a", "tools/call", call("t")));
    await events.until(":\n\n");
    a.answer(0, done("late"));
    expect(await events.until("late")).toMatch(/^(?::\n\n)+event: message\ndata: \{/);
  });

  test("goes to its question alone, under ids that many clients use at once (P10)", async () => {
    const { url, a, b } = await start();
    const asked = [
      ...["a", "b"].map((token) => raw(url, modern(token, "tools/call", call("t")))),
      ...["a", "b"].map((token) => raw(url, modern(token, "tools/call", call("t")))),
    ];
    await Promise.all([a.came(2), b.came(2)]);
    for (const index of [1, 0]) {
      a.answer(index, done(`a${index}`));
      b.answer(index, done(`b${index}`));
    }
    const bodies = (await Promise.all(asked)).map(({ body }) => /"text":"(\w+)"/.exec(body)?.[1]);
    expect(bodies.map((text) => text?.[0])).toEqual(["a", "b", "a", "b"]);
    expect(new Set(bodies).size).toBe(4);
  });
});

describe("leaving", () => {
  test("cancels a question of 2026-07-28 at once", async () => {
    const { url, a } = await start();
    const leaving = new AbortController();
    const request = raw(url, { ...modern("a", "tools/call", call("t")), signal: leaving.signal });
    await a.came(1);
    leaving.abort();
    await expect(request).rejects.toThrow("abort");
    await new Promise<void>((resolve) => a.calls[0]?.cancel.onRequest(resolve));
  });

  test("of a stream of 2026-07-28 cancels its question, and no other", async () => {
    const { url, a } = await start({ beat: 20 });
    const [first, second] = await Promise.all([1, 2].map(() => stream(url, modern("a", "tools/call", call("t")))));
    await a.came(2);
    const cancelled = Promise.race(
      a.calls.map((one, index) => new Promise<number>((resolve) => one.cancel.onRequest(() => resolve(index)))),
    );
    first?.leave();
    const index = await cancelled;
    expect(a.calls[1 - index]?.cancel.requested).toBe(false);
    a.answer(1 - index, done("other"));
    await second?.until("other");
  });

  test("is no cancellation in the 2025 era, until the client does not come back", async () => {
    const { url, a } = await start({ beat: 20, gone: 150 });
    const own = await session(url, "a");
    const events = await stream(url, legacy("a", { id: 5, method: "tools/call", params: call("t") }, own));
    events.leave();
    await sleep(50);
    expect(a.calls[0]?.cancel.requested).toBe(false);
    await new Promise<void>((resolve) => a.calls[0]?.cancel.onRequest(resolve));
    // Its id is free again.
    expect((await raw(url, legacy("a", { id: 5, method: "ping" }, own))).status).toBe(200);
  });

  test("a question of the 2025 era whose client has gone is over when its answer comes", async () => {
    const { url, a } = await start({ beat: 20 });
    const own = await session(url, "a");
    for (const id of [1, 2, 3]) {
      const events = await stream(url, legacy("a", { id, method: "tools/call", params: call("t") }, own));
      events.leave();
      await sleep(50);
      a.answer(id - 1, done("late"));
    }
    // All that an agent may have open at once were left, and none is counted any more.
    expect((await raw(url, legacy("a", { id: 1, method: "tools/list" }, own))).body).toContain("of-a");
  });

  test("a cancelled question of the 2025 era is not answered, and its connection not kept", async () => {
    const { url, a } = await start();
    const own = await session(url, "a");
    const answer = raw(url, legacy("a", { id: 5, method: "tools/call", params: call("t") }, own));
    await a.came(1);
    const cancel = { method: "notifications/cancelled", params: { requestId: 5 } };
    expect((await raw(url, legacy("a", cancel, own))).status).toBe(202);
    expect(a.calls[0]?.cancel.requested).toBe(true);
    expect((await answer).body).toBe("");
  });
});

describe("what the gate says unasked", () => {
  test("a changed list is told on the session's own stream; a later stream takes over", async () => {
    const { url, a } = await start();
    const own = await session(url, "a");
    const get = { method: "GET", headers: { ...legacy("a", {}, own).headers, accept: "text/event-stream" } };
    const first = await stream(url, get);
    a.changed("tools");
    await first.until("notifications/tools/list_changed");
    const second = await stream(url, get);
    await first.ended;
    a.changed("tools");
    await second.until("notifications/tools/list_changed");
    second.leave();
  });

  test("a subscription is acknowledged, told, and ended with a result when the gate ends", async () => {
    const { url, a, door } = await start();
    const events = await stream(url, modern("a", "subscriptions/listen", listening));
    await events.until("notifications/subscriptions/acknowledged");
    a.changed("tools");
    await events.until("notifications/tools/list_changed");
    await door.close(0);
    expect(await events.until('"result":{"resultType":"complete"')).not.toContain('"error"');
    await events.ended;
  });

  test("a 2025 client is asked on the stream of its call, and answers by another request", async () => {
    const { url, a } = await start();
    const own = await session(url, "a", { elicitation: {} });
    const events = stream(url, legacy("a", { id: 9, method: "tools/call", params: call("t") }, own));
    await a.came(1);
    const form = { message: "May it?", approve: "Yes", deny: "No" };
    const answered = a.calls[0]?.prompt?.(form, new AbortController().signal);
    const text = await (await events).until("elicitation/create");
    const { id } = JSON.parse(/data: (.*)/.exec(text)?.[1] ?? "{}") as { id: number };
    await sleep(1600);
    const result = { action: "accept", content: { decision: "approve" } };
    expect((await raw(url, legacy("a", { id, result }, own))).status).toBe(202);
    expect(await answered).toEqual({ kind: "approve" });
    a.answer(0, done("ran"));
    await (await events).until("ran");
  });

  test("a 2026-07-28 client's retry is known though it is another request", async () => {
    const { url, a } = await start();
    const capabilities = { elicitation: { form: {} } };
    const form = { message: "May it?", approve: "Yes", deny: "No" };
    const first = raw(url, modern("a", "tools/call", call("t"), {}, capabilities));
    await a.came(1);
    a.answer(0, { kind: "prompt", handle: "h1", form });
    const asked = JSON.parse((await first).body) as { result: { requestState: string; inputRequests: object } };
    await sleep(1600);
    const [key = ""] = Object.keys(asked.result.inputRequests);
    const inputResponses = { [key]: { action: "accept", content: { decision: "approve" } } };
    const { requestState } = asked.result;
    const second = raw(
      url,
      modern("a", "tools/call", { ...call("t"), requestState, inputResponses }, {}, capabilities),
    );
    await a.came(2);
    expect(a.calls[1]?.retry).toEqual({ handle: "h1", answer: { kind: "approve" } });
    a.answer(1, done("ran"));
    expect((await second).body).toContain("ran");
  });
});

describe("limits", () => {
  test("an agent that asks too much at once is told so, and another is served", async () => {
    const { url, a, b } = await start();
    const held = [1, 2, 3].map(() => raw(url, modern("a", "tools/call", call("t"))));
    await a.came(3);
    const fourth = await raw(url, modern("a", "tools/list"));
    expect([fourth.status, codeOf(fourth)]).toEqual([200, -32603]);
    expect(fourth.body).toContain("Too many requests");
    expect((await raw(url, modern("b", "tools/list"))).body).toContain("of-b");
    expect(b.refusals).toEqual([]);
    for (const index of [0, 1, 2]) a.answer(index, done("x"));
    await Promise.all(held);
    expect((await raw(url, modern("a", "tools/list"))).body).toContain("of-a");
  });

  test("subscriptions and session streams share a cap of their own", async () => {
    const { url } = await start();
    const streams = await Promise.all([1, 2].map(() => stream(url, modern("a", "subscriptions/listen", listening))));
    expect(codeOf(await raw(url, modern("a", "subscriptions/listen", listening)))).toBe(-32603);
    const own = await session(url, "a");
    const get = { method: "GET", headers: { ...legacy("a", {}, own).headers, accept: "text/event-stream" } };
    expect((await raw(url, get)).status).toBe(429);
    for (const one of streams) one.leave();
  });

  test("a session that nobody uses ends; one with a stream does not", async () => {
    let ahead = 0;
    const { url } = await start({ idle: 60_000, beat: 20 }, () => performance.now() + ahead);
    const [unused, used] = [await session(url, "a"), await session(url, "a")];
    const headers = { ...legacy("a", {}, used).headers, accept: "text/event-stream" };
    const events = await stream(url, { method: "GET", headers });
    ahead = 60_001;
    await sleep(200);
    const ping = async (id: string) => (await raw(url, legacy("a", { id: 1, method: "ping" }, id))).status;
    expect([await ping(unused), await ping(used)]).toEqual([404, 200]);
    events.leave();
  });

  test("headers and bodies that drip are ended, the gate is not", async () => {
    const { url, port } = await start({ headers: 200, body: 600 });
    const drip = (start: string) =>
      new Promise<string>((resolve) => {
        const socket = connectTcp(port, "127.0.0.1");
        let said = "";
        const timer = setInterval(() => socket.write("x"), 20);
        socket.on("data", (bytes) => (said += bytes.toString()));
        socket.on("error", () => undefined);
        socket.on("close", () => {
          clearInterval(timer);
          resolve(said);
        });
        socket.write(start);
      });
    const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\n";
    const [headers, body] = await Promise.all([
      drip(`${head}X-Slow: `),
      drip(`${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`),
    ]);
    expect(headers + body).not.toContain("200 OK");
    expect((await raw(url, modern("a", "tools/list"))).status).toBe(200);
  });
});

describe("what is on record", () => {
  test("a stateless client is recorded when it is new, a session each time (P4)", async () => {
    const { url, a } = await start();
    for (let n = 0; n < 3; n += 1) await raw(url, modern("a", "tools/list"));
    expect(a.clients).toHaveLength(1);
    await session(url, "a");
    await session(url, "a");
    expect(a.clients.map(({ era }) => era)).toEqual(["modern", "legacy", "legacy"]);
  });

  test("a mismatch of marked arguments is refused and recorded", async () => {
    const { url, a } = await start();
    const ask = (headers: Record<string, string>, args: object = { region: "eu", nested: { size: 42 } }) =>
      raw(url, modern("a", "tools/call", { name: "marked", arguments: args }, headers));
    const wrong = await Promise.all([
      ask({}),
      ask({ "mcp-param-region": "us", "mcp-param-size": "42" }),
      ask({ "mcp-param-region": "eu" }),
      ask({ "mcp-param-region": "eu", "mcp-param-size": "43" }),
      ask({ "mcp-param-region": "eu", "mcp-param-size": "42" }, { nested: { size: 42 } }),
    ]);
    expect(wrong.map((answer) => [answer.status, codeOf(answer)])).toEqual(wrong.map(() => [400, -32020]));
    expect(a.calls).toEqual([]);
    expect(a.refusals).toHaveLength(wrong.length);

    const encoded = `=?base64?${Buffer.from("東京").toString("base64")}?=`;
    const right = [
      ask({ "mcp-param-region": "eu", "mcp-param-size": "42.0" }),
      ask({ "mcp-param-region": encoded }, { region: "東京" }),
      ask({}, { region: null }),
    ];
    await a.came(right.length);
    for (const index of right.keys()) a.answer(index, done("x"));
    expect((await Promise.all(right)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("a login that no longer holds", () => {
  test("ends its questions with an error, its streams and its sessions, and nobody else's (P7)", async () => {
    const { url, door, gone, a, b } = await start();
    const own = await session(url, "a");
    const asked = raw(url, legacy("a", { id: 1, method: "tools/call", params: call("t") }, own));
    const stateless = raw(url, modern("a", "tools/call", call("t")));
    const events = await stream(url, modern("a", "subscriptions/listen", listening));
    const others = raw(url, modern("b", "tools/call", call("t")));
    await Promise.all([a.came(2), b.came(1)]);
    gone.add("a");
    await door.recheck();
    await events.ended;
    for (const answer of [await asked, await stateless]) expect(answer.body).toContain("not known here");
    expect(a.calls.every((one) => one.cancel.requested)).toBe(true);
    b.answer(0, done("mine"));
    expect((await others).body).toContain("mine");
    gone.delete("a");
    expect((await raw(url, legacy("a", { id: 2, method: "ping" }, own))).status).toBe(404);
  });
});

describe("ending", () => {
  test("lets questions in flight finish, takes no new ones, and says that it is not ready", async () => {
    const { url, door, a } = await start();
    const agent = modern("a", "tools/call", call("t"));
    const running = raw(url, agent);
    await a.came(1);
    const closed = door.close(5000);
    await expect(raw(url, modern("a", "tools/list"))).rejects.toThrow("ECONNREFUSED");
    a.answer(0, done("finished"));
    expect((await running).body).toContain("finished");
    await closed;
  });
});
