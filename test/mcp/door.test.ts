import { PassThrough, Writable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import type { AgentCall, Answer, ClientFacts, Gate, ListKind } from "../../src/gateway/ports.ts";
import type { Kind } from "../../src/policy/call.ts";
import { serveStdio } from "../../src/mcp/agent-stdio.ts";

/** A gate whose calls are answered by the test, behind a door whose client is the test. */
function openDoor(answerTo: (call: AgentCall) => Answer | Promise<Answer> = () => result({ content: [] })) {
  const calls: AgentCall[] = [];
  const clients: ClientFacts[] = [];
  const refusals: { side: string; method: string | undefined; reason: string }[] = [];
  const listeners = new Set<(kind: ListKind) => void>();
  const state = { recording: Promise.resolve(), now: 0, lists: 0, kinds: new Set<Kind>() };
  const gate: Gate = {
    agent: "test",
    async connected(client) {
      await state.recording;
      clients.push(client);
    },
    async list() {
      state.lists++;
      return { text: '[{"name":"one","inputSchema":{"type":"object"}}]', count: 1 };
    },
    async call(call) {
      calls.push(call);
      return answerTo(call);
    },
    task: async () => ({ kind: "unknown" }),
    refused: (side, method, reason) => refusals.push({ side, method, reason }),
    watch: async () => ({ kind: "refused", error: '{"code":-32002,"message":"Resource not found"}' }),
    onLogMessage: () => () => undefined,
    kinds: () => new Set(state.kinds),
    inputSchema: () => undefined,
    onListChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const input = new PassThrough();
  const output = new PassThrough();
  const stop = new AbortController();
  const done = serveStdio({ input, output, gate, version: "1.2.3", signal: stop.signal, now: () => state.now });
  const got: Received[] = [];
  const waiting: ((message: Received) => void)[] = [];
  let rest = "";
  output.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as Received;
      const next = waiting.shift();
      if (next) next(message);
      else got.push(message);
    }
  });
  const door = {
    calls,
    clients,
    refusals,
    state,
    input,
    output,
    stop,
    done,
    changeList: (kind: ListKind = "tools") => listeners.forEach((listener) => listener(kind)),
    watched: () => listeners.size,
    raw: (text: string | Buffer) => void input.write(text),
    send: (message: object) => door.raw(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    next: () =>
      new Promise<Received>((resolve) => (got.length > 0 ? resolve(got.shift() as Received) : waiting.push(resolve))),
    ask: (message: object) => {
      door.send(message);
      return door.next();
    },
    /** Nothing more came than was read. */
    async quiet() {
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      expect(got).toEqual([]);
    },
  };
  doors.push(door);
  return door;
}

interface Received {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const doors: { stop: AbortController }[] = [];
afterEach(() => {
  for (const door of doors.splice(0)) door.stop.abort();
});

const result = (value: object): Answer => ({ kind: "result", text: JSON.stringify(value) });
const initialize = {
  id: "i",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "9" } },
};
const PREFIX = "io.modelcontextprotocol/";
const meta = (capabilities: object = {}, more: object = {}) => ({
  [`${PREFIX}protocolVersion`]: "2026-07-28",
  [`${PREFIX}clientInfo`]: { name: "m", version: "8" },
  [`${PREFIX}clientCapabilities`]: capabilities,
  ...more,
});
const callOf = (id: string | number, params: object) => ({
  id,
  method: "tools/call",
  params: { name: "one", ...params },
});
const form = { message: "May it?", approve: "Yes", deny: "No" };

const tools = { tools: { listChanged: true } };
const resources = { resources: { listChanged: true, subscribe: true } };
const prompts = { prompts: { listChanged: true } };
const EVERYTHING: readonly Kind[] = ["tool", "resource", "prompt", "completion"];

describe("the opening", () => {
  it.each([
    ["2025-11-25", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
    ["2024-11-05", "2025-11-25"],
    ["2099-01-01", "2025-11-25"],
  ])("by initialize %s settles on %s", async (asked, settled) => {
    const door = openDoor();
    const { result: answer } = await door.ask({
      ...initialize,
      params: { ...initialize.params, protocolVersion: asked },
    });
    expect(answer).toEqual({
      protocolVersion: settled,
      capabilities: { ...tools, logging: {} },
      serverInfo: { name: "kidoban", version: "1.2.3" },
    });
    expect(door.clients).toEqual([{ era: "legacy", protocol: settled, name: "c", version: "9", prompts: false }]);
  });

  it.each([
    [[], tools],
    [["tool"], tools],
    [["tool", "resource"], { ...tools, ...resources }],
    [["prompt"], { ...tools, ...prompts }],
    [["prompt", "completion"], { ...tools, ...prompts, completions: {} }],
    [EVERYTHING, { ...tools, ...resources, ...prompts, completions: {} }],
  ] as const)("declares of %j what there is, and no more (P10)", async (kinds, declared) => {
    const door = openDoor();
    for (const kind of kinds) door.state.kinds.add(kind);
    const found = await door.ask({ id: 1, method: "server/discover", params: { _meta: meta() } });
    const extensions = { "io.modelcontextprotocol/tasks": {} };
    expect(found.result?.["capabilities"]).toEqual({ ...declared, extensions });
    expect((await door.ask(initialize)).result?.["capabilities"]).toEqual({ ...declared, logging: {} });
  });

  it("by server/discover names the modern version, and initialize is still possible after it", async () => {
    const door = openDoor();
    const { result: found } = await door.ask({ id: 1, method: "server/discover", params: { _meta: meta() } });
    expect(found).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities: { ...tools, extensions: { "io.modelcontextprotocol/tasks": {} } },
      cacheScope: "private",
    });
    expect((await door.ask(initialize)).result).toMatchObject({ protocolVersion: "2025-11-25" });
    expect((await door.ask({ id: 2, method: "tools/list" })).result).toEqual({
      tools: [{ name: "one", inputSchema: { type: "object" } }],
    });
    expect(door.clients.map((client) => client.era)).toEqual(["modern", "legacy"]);
  });

  it("cannot change the era once a modern request was made", async () => {
    const door = openDoor();
    await door.ask({ id: 1, method: "tools/list", params: { _meta: meta() } });
    expect((await door.ask(initialize)).error).toEqual({
      code: -32022,
      message: "Unsupported protocol version",
      data: { supported: ["2026-07-28"], requested: "2025-11-25" },
    });
  });

  it("is needed: before it a legacy client may ping and nothing else", async () => {
    const door = openDoor();
    expect((await door.ask({ id: 1, method: "ping" })).result).toEqual({});
    expect((await door.ask(callOf(2, {}))).error?.code).toBe(-32602);
    expect(door.calls).toEqual([]);
  });

  it("P4: is recorded before anything is served, in order, and a client that cannot be recorded is not served", async () => {
    const door = openDoor();
    let record: (() => void) | undefined;
    door.state.recording = new Promise((resolve) => (record = resolve));
    door.send(initialize);
    door.send(callOf(1, {}));
    door.send({ id: 2, method: "ping" });
    await door.quiet();
    expect(door.calls).toEqual([]);
    record?.();
    expect(
      [(await door.next()).id, (await door.next()).id, (await door.next()).id].toSorted((a, b) =>
        String(a).localeCompare(String(b)),
      ),
    ).toEqual([1, 2, "i"]);

    const sealed = openDoor();
    sealed.state.recording = Promise.reject(new Error("sealed"));
    expect((await sealed.ask(initialize)).error?.code).toBe(-32603);
    expect((await sealed.ask(callOf(1, {}))).error?.code).toBe(-32602);
    expect(sealed.calls).toEqual([]);
  });

  it.each<[object, number, string]>([
    [{}, -32602, "protocolVersion"],
    [{ ...meta(), [`${PREFIX}protocolVersion`]: 1 }, -32602, "protocolVersion"],
    [{ ...meta(), [`${PREFIX}clientCapabilities`]: [] }, -32602, "clientCapabilities"],
    [{ [`${PREFIX}protocolVersion`]: "2026-07-28" }, -32602, "clientCapabilities"],
    [{ ...meta(), [`${PREFIX}clientInfo`]: "me" }, -32602, "clientInfo"],
    [{ ...meta(), [`${PREFIX}protocolVersion`]: "2027-01-01" }, -32022, "Unsupported"],
  ])("a modern request must say who asks and how: %j", async (_meta, code, what) => {
    const door = openDoor();
    const { error } = await door.ask(callOf(1, { _meta }));
    expect(error?.code).toBe(code);
    expect(error?.message).toContain(what);
    expect(door.calls).toEqual([]);
  });

  it("records a modern client again when it becomes another", async () => {
    const door = openDoor();
    await door.ask(callOf(1, { _meta: meta() }));
    await door.ask(callOf(2, { _meta: meta() }));
    await door.ask(callOf(3, { _meta: meta({ elicitation: {} }) }));
    expect(door.clients.map((client) => client.prompts)).toEqual([false, true]);
    expect(door.calls.map((call) => call.client.prompts)).toEqual([false, false, true]);
  });
});

describe("a call", () => {
  it("P3: reaches the gate as it was written, with what the client says of itself under `claimed`", async () => {
    const door = openDoor();
    await door.ask(initialize);
    door.raw(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one","arguments":{"b":1,"__proto__":{"x":1},"a":[1.5]},"_meta":{"claudecode/toolUseId":"t1","progressToken":"p","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}\n',
    );
    await door.next();
    const [call] = door.calls;
    expect(JSON.stringify(call?.args)).toBe('{"b":1,"__proto__":{"x":1},"a":[1.5]}');
    expect(call).toMatchObject({ name: "one", wantsProgress: true });
    expect(call?.claimed).toMatchObject({ client: "c", version: "9", protocol: "2025-11-25" });
    expect(call?.claimed.meta).toContain('"claudecode/toolUseId":"t1"');
    expect(call?.trace).toEqual({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
    expect(call?.prompt).toBeUndefined();
    expect(call?.signal.aborted).toBe(false);
  });

  it("without arguments has empty ones", async () => {
    const door = openDoor();
    await door.ask(initialize);
    await door.ask(callOf(1, {}));
    expect(door.calls[0]?.args).toEqual({});
  });

  it("P10: gets its result as the bytes that came; a modern client is told that it is complete", async () => {
    const raw = '{ "content":[], "n":9007199254740993.10 }';
    for (const [text, modern] of [
      [raw, `{"resultType":"complete", "content":[], "n":9007199254740993.10 }`],
      ["{}", '{"resultType":"complete"}'],
      ['{"a":"\\"resultType\\""}', '{"resultType":"complete","a":"\\"resultType\\""}'],
      ['{"a":{"resultType":1}}', '{"resultType":"complete","a":{"resultType":1}}'],
      ['{"resultType":"complete","a":1}', '{"resultType":"complete","a":1}'],
    ] as const) {
      const door = openDoor(() => ({ kind: "result", text }));
      const line = () =>
        new Promise<string>((resolve) => door.output.once("data", (chunk: Buffer) => resolve(chunk.toString())));
      await door.ask(callOf(0, { _meta: meta() }));
      const answered = line();
      door.send(callOf(1, { _meta: meta() }));
      expect(await answered).toBe(`{"jsonrpc":"2.0","id":1,"result":${modern}}\n`);
      const legacy = openDoor(() => ({ kind: "result", text }));
      await legacy.ask(initialize);
      const plain = new Promise<string>((resolve) =>
        legacy.output.once("data", (chunk: Buffer) => resolve(chunk.toString())),
      );
      legacy.send(callOf(1, {}));
      expect(await plain).toBe(`{"jsonrpc":"2.0","id":1,"result":${text}}\n`);
    }
  });

  it("that the gate answers with an error gets that error, and one that fails inside says no more than that (P9)", async () => {
    const door = openDoor((call) => {
      if (call.args["bug"] === true) throw new Error("sesame in a stack trace");
      return { kind: "error", text: '{"code":-32050,"message":"m","data":1}' };
    });
    await door.ask(initialize);
    expect((await door.ask(callOf(1, {}))).error).toEqual({ code: -32050, message: "m", data: 1 });
    expect((await door.ask(callOf(2, { arguments: { bug: true } }))).error).toEqual({
      code: -32603,
      message: "Internal error in the gate",
    });
  });

  it.each<[string, object]>([
    ["name", { name: 1 }],
    ["name", { name: undefined }],
    ["name", { name: { toString: "one" } }],
    ["arguments", { arguments: [] }],
    ["arguments", { arguments: null }],
    ["arguments", { arguments: "x" }],
    ["tasks", { task: { ttl: 1 } }],
  ])("P11: is refused when its %s is wrong: %j", async (what, params) => {
    const door = openDoor();
    await door.ask(initialize);
    const { error } = await door.ask(callOf(1, params));
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(what) as string });
    expect(door.calls).toEqual([]);
    expect(door.refusals).toHaveLength(1);
  });

  it("sends its progress under the client's own token, and never after it was cancelled", async () => {
    let finish: (() => void) | undefined;
    const door = openDoor(async (call) => {
      call.progress({ progress: 1, total: 2, message: "half" });
      await new Promise<void>((resolve) => (finish = resolve));
      call.progress({ progress: 2 });
      return result({});
    });
    await door.ask(initialize);
    expect(await door.ask(callOf(1, { _meta: { progressToken: "mine" } }))).toMatchObject({
      method: "notifications/progress",
      params: { progressToken: "mine", progress: 1, total: 2, message: "half" },
    });
    door.send({ method: "notifications/cancelled", params: { requestId: 1 } });
    await new Promise(setImmediate);
    expect(door.calls[0]?.signal.aborted).toBe(true);
    expect(door.calls[0]?.cancel?.requested).toBe(true);
    finish?.();
    await door.quiet();
    expect((await door.ask({ id: 1, method: "ping" })).result).toEqual({});
  });

  it("whose id is still in use is refused, and the first is not disturbed", async () => {
    let finish: (() => void) | undefined;
    const door = openDoor(async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return result({ first: true });
    });
    await door.ask(initialize);
    door.send(callOf(1, {}));
    const refused = await door.ask(callOf(1, {}));
    expect(refused.id).toBeUndefined();
    expect(refused.error?.code).toBe(-32600);
    expect(door.calls).toHaveLength(1);
    finish?.();
    expect(await door.next()).toMatchObject({ id: 1, result: { first: true } });
    door.send(callOf("1", {}));
    door.send(callOf(2, {}));
    await new Promise(setImmediate);
    expect(door.calls).toHaveLength(3);
  });
});

const line = (params: string, id = "1") => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;

describe("a message", () => {
  it("P10: arrives whole however it is cut: many in one chunk, one over many chunks, inside a character", async () => {
    const door = openDoor((call) => result({ said: call.args["text"] ?? null }));
    await door.ask(initialize);
    const bytes = Buffer.from(
      `${JSON.stringify({ jsonrpc: "2.0", ...callOf(1, { arguments: { text: "日本語 🎏" } }) })}\r\n\n${JSON.stringify({ jsonrpc: "2.0", ...callOf(2, {}) })}\n`,
    );
    door.raw(bytes);
    expect(await door.next()).toMatchObject({ id: 1, result: { said: "日本語 🎏" } });
    expect(await door.next()).toMatchObject({ id: 2 });
    for (const byte of bytes) door.raw(Buffer.from([byte]));
    expect(await door.next()).toMatchObject({ id: 1, result: { said: "日本語 🎏" } });
    expect(await door.next()).toMatchObject({ id: 2 });
  });

  it.each<[string, string, number, number | string | undefined]>([
    ["duplicate keys", line('{"name":"one","name":"two"}'), -32600, 1],
    [
      "a second `method`",
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"one"}}',
      -32600,
      1,
    ],
    ["a number beyond a double", line('{"name":"one","arguments":{"n":1e400}}'), -32600, 1],
    ["an integer beyond 2^53", line('{"name":"one","arguments":{"n":9007199254740993}}'), -32600, 1],
    ["a lone surrogate", line('{"name":"one","arguments":{"s":"\\ud800"}}'), -32600, 1],
    ["too much depth", line(`{"name":"one","arguments":{"d":${"[".repeat(70)}${"]".repeat(70)}}}`), -32600, undefined],
    ["a syntax error", line('{"name":"one"'), -32700, undefined],
    ["a batch", `[${line('{"name":"one"}')}]`, -32600, undefined],
    ["a string", '"tools/call"', -32600, undefined],
    ["params that are no object", line('["one"]'), -32602, 1],
    [
      "a method that is an object",
      '{"jsonrpc":"2.0","id":1,"method":{"toString":"tools/call"},"params":{}}',
      -32600,
      undefined,
    ],
    ["no version", '{"id":1,"method":"tools/call","params":{"name":"one"}}', -32600, undefined],
    ["an id of null", line('{"name":"one"}', "null"), -32600, undefined],
    ["a fractional id", line('{"name":"one"}', "1.5"), -32600, undefined],
    ["an id that is an object", line('{"name":"one"}', '{"a":1}'), -32600, undefined],
    ["an id without end", line('{"name":"one"}', `"${"x".repeat(2000)}"`), -32600, undefined],
    [
      "a method beside a result",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one"},"result":{}}',
      -32600,
      undefined,
    ],
  ])("P3: with %s is refused, recorded and reaches nobody", async (_name, text, code, id) => {
    const door = openDoor();
    await door.ask(initialize);
    door.raw(`${text}\n`);
    const refused = await door.next();
    expect(refused.error?.code).toBe(code);
    expect(refused.id).toBe(id);
    expect(door.calls).toEqual([]);
    expect(door.refusals).toHaveLength(1);
    expect((await door.ask({ id: 2, method: "ping" })).result).toEqual({});
  });

  it("P3: that is not UTF-8, or longer than the cap, is refused and reaches nobody", async () => {
    const door = openDoor();
    await door.ask(initialize);
    door.raw(
      Buffer.concat([
        Buffer.from(line('{"name":"one","arguments":{"a":"').slice(0, -1)),
        Buffer.from([0xff]),
        Buffer.from('"}}}\n'),
      ]),
    );
    expect((await door.next()).error?.code).toBe(-32700);
    for (let i = 0; i < 17; i++) door.raw("x".repeat(1024 * 1024));
    door.raw("\n");
    expect((await door.next()).error?.message).toBe(`Refused: a message of ${17 * 1024 * 1024} bytes`);
    expect(door.calls).toEqual([]);
  });

  it.each(["tasks/get", "tasks/result", "server/discover", "vendor/x", "__proto__", "constructor"])(
    "P11: of a method that is not served is answered `method not found` and recorded: %s",
    async (method) => {
      const door = openDoor();
      await door.ask(initialize);
      expect((await door.ask({ id: 1, method, params: {} })).error).toEqual({
        code: -32601,
        message: "Method not found",
      });
      expect(door.refusals).toEqual([{ side: "agent", method, reason: "Method not found" }]);
    },
  );

  it("P11: that is an unknown notification is dropped and recorded, and so is an answer to nothing", async () => {
    const door = openDoor();
    await door.ask(initialize);
    door.send({ method: "notifications/vendor" });
    door.send({ id: 99, result: { action: "accept", content: { decision: "approve" } } });
    door.send({ method: "notifications/initialized" });
    door.send({ method: "notifications/cancelled", params: { requestId: { a: 1 } } });
    await door.quiet();
    expect(door.refusals.map((refusal) => refusal.reason)).toEqual([
      "Method not found",
      "an answer to nothing that was asked",
    ]);
  });

  it("sets the logging level in the legacy era; other levels and the modern era do not", async () => {
    const door = openDoor();
    await door.ask(initialize);
    expect((await door.ask({ id: 1, method: "logging/setLevel", params: { level: "debug" } })).result).toEqual({});
    expect((await door.ask({ id: 2, method: "logging/setLevel", params: { level: "loud" } })).error?.code).toBe(-32602);
    const modern = openDoor();
    expect(
      (await modern.ask({ id: 1, method: "logging/setLevel", params: { level: "debug", _meta: meta() } })).error?.code,
    ).toBe(-32601);
    expect((await modern.ask({ id: 2, method: "ping", params: { _meta: meta() } })).error?.code).toBe(-32601);
  });
});

describe("the list of tools", () => {
  it("is private to this agent and its changes are told in both eras", async () => {
    const legacy = openDoor();
    await legacy.ask(initialize);
    legacy.changeList();
    expect(await legacy.next()).toEqual({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    expect((await legacy.ask({ id: 1, method: "tools/list", params: { cursor: "x" } })).error?.code).toBe(-32602);

    const modern = openDoor();
    const list = await modern.ask({ id: 1, method: "tools/list", params: { _meta: meta() } });
    expect(list.result).toEqual({
      resultType: "complete",
      ttlMs: 0,
      cacheScope: "private",
      tools: [{ name: "one", inputSchema: { type: "object" } }],
    });
    modern.changeList();
    await modern.quiet();
    const wanted = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ["file:///x"] };
    expect(
      await modern.ask({ id: "l", method: "subscriptions/listen", params: { notifications: wanted, _meta: meta() } }),
    ).toEqual({
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: [] },
        _meta: { [`${PREFIX}subscriptionId`]: "l" },
      },
    });
    modern.changeList();
    expect(await modern.next()).toEqual({
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
      params: { _meta: { [`${PREFIX}subscriptionId`]: "l" } },
    });
    modern.send({ method: "notifications/cancelled", params: { requestId: "l" } });
    await new Promise(setImmediate);
    modern.changeList();
    await modern.quiet();
  });

  it("that changes is told of where it was declared, also when it came later (P10)", async () => {
    const legacy = openDoor();
    legacy.state.kinds.add("resource");
    await legacy.ask(initialize);
    legacy.state.kinds.add("prompt");
    legacy.changeList("prompts");
    await legacy.quiet();
    legacy.state.kinds.clear();
    legacy.changeList("templates");
    expect(await legacy.next()).toEqual({ jsonrpc: "2.0", method: "notifications/resources/list_changed" });

    const modern = openDoor();
    modern.state.kinds.add("prompt");
    const notifications = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    const listen = { id: 1, method: "subscriptions/listen", params: { notifications, _meta: meta() } };
    expect((await modern.ask(listen)).params).toMatchObject({
      notifications: { toolsListChanged: true, promptsListChanged: true },
    });
    modern.changeList("resources");
    await modern.quiet();
    modern.changeList("prompts");
    expect((await modern.next()).method).toBe("notifications/prompts/list_changed");
  });

  it("is not listened to without end, nor without saying to what", async () => {
    const door = openDoor();
    const listen = (id: number, notifications: unknown) =>
      door.ask({ id, method: "subscriptions/listen", params: { notifications, _meta: meta() } });
    expect((await listen(0, "all")).error?.code).toBe(-32602);
    for (let id = 1; id <= 16; id++)
      expect((await listen(id, { toolsListChanged: true })).method).toContain("acknowledged");
    expect((await listen(17, { toolsListChanged: true })).error?.code).toBe(-32603);
    expect((await listen(3, { toolsListChanged: true })).error?.code).toBe(-32600);
  });
});

const askingLegacy = () =>
  openDoor(async (call) => result({ answer: (await call.prompt?.(form, call.signal)) ?? null }));

describe("the client's own prompt, legacy", () => {
  const withForms = { ...initialize, params: { ...initialize.params, capabilities: { elicitation: {} } } };

  it.each<[object, boolean]>([
    [{}, false],
    [{ elicitation: {} }, true],
    [{ elicitation: { form: {} } }, true],
    [{ elicitation: { form: {}, url: {} } }, true],
    [{ elicitation: { url: {} } }, false],
    [{ elicitation: true }, false],
  ])("is offered to the gate by what was declared: %j", async (capabilities, prompts) => {
    const door = openDoor();
    await door.ask({ ...initialize, params: { ...initialize.params, capabilities } });
    await door.ask(callOf(1, {}));
    expect(door.calls[0]?.client.prompts).toBe(prompts);
    expect(door.calls[0]?.prompt !== undefined).toBe(prompts);
  });

  it("is a form with a required choice without default and an optional comment", async () => {
    const door = askingLegacy();
    await door.ask(withForms);
    const { id, method, params } = await door.ask(callOf(1, {}));
    expect(method).toBe("elicitation/create");
    expect(params).toEqual({
      message: "May it?",
      requestedSchema: {
        type: "object",
        properties: {
          decision: { type: "string", enum: ["approve", "deny"], enumNames: ["Yes", "No"] },
          comment: { type: "string", maxLength: 1000 },
        },
        required: ["decision"],
      },
    });
    door.state.now += 2000;
    expect(
      await door.ask({ id, result: { action: "accept", content: { decision: "approve", comment: "fine" } } }),
    ).toMatchObject({
      id: 1,
      result: { answer: { kind: "approve", comment: "fine" } },
    });
    door.send({ id, result: { action: "accept", content: { decision: "deny" } } });
    await door.quiet();
    expect(door.refusals.map((refusal) => refusal.reason)).toEqual(["an answer to nothing that was asked"]);
  });

  it.each<[string, object, number]>([
    ["given at once, which no person does", { result: { action: "accept", content: { decision: "approve" } } }, 1499],
    ["declined", { result: { action: "decline" } }, 5000],
    ["cancelled", { result: { action: "cancel" } }, 5000],
    ["accepted without a choice", { result: { action: "accept", content: {} } }, 5000],
    ["accepted without content", { result: { action: "accept" } }, 5000],
    ["of another word", { result: { action: "accept", content: { decision: "APPROVE" } } }, 5000],
    ["a list of words", { result: { action: "accept", content: { decision: ["approve"] } } }, 5000],
    ["inherited", { result: { action: "accept", content: { ["__proto__"]: { decision: "approve" } } } }, 5000],
    ["an error", { error: { code: -32601, message: "no" } }, 5000],
    [
      "an error beside a result",
      { error: { code: 1 }, result: { action: "accept", content: { decision: "approve" } } },
      5000,
    ],
    ["no object", { result: "approve" }, 5000],
  ])("P7: says neither yes nor no when its answer is %s", async (_name, answer, afterMs) => {
    const door = askingLegacy();
    await door.ask(withForms);
    const { id } = await door.ask(callOf(1, {}));
    door.state.now += afterMs;
    expect((await door.ask({ id, ...answer })).result).toEqual({ answer: { kind: "none", afterMs } });
  });

  it("P7: takes no answer under the id of another prompt as a string", async () => {
    const door = askingLegacy();
    await door.ask(withForms);
    const { id } = await door.ask(callOf(1, {}));
    door.state.now += 5000;
    door.send({ id: String(id), result: { action: "accept", content: { decision: "approve" } } });
    await door.quiet();
  });

  it("is withdrawn when it is answered elsewhere", async () => {
    const elsewhere = new AbortController();
    const door = openDoor(async (call) => result({ answer: (await call.prompt?.(form, elsewhere.signal)) ?? null }));
    await door.ask(withForms);
    const { id } = await door.ask(callOf(1, {}));
    door.state.now += 3000;
    elsewhere.abort();
    expect(await door.next()).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
    expect(await door.next()).toMatchObject({ id: 1, result: { answer: { kind: "none", afterMs: 3000 } } });
  });
});

const askingModern = () =>
  openDoor((call) =>
    call.retry === undefined ? { kind: "prompt", handle: "h1", form } : result({ retry: call.retry }),
  );

describe("the client's own prompt, modern", () => {
  const forms = meta({ elicitation: { form: {} } });
  const yes = { kidoban: { action: "accept", content: { decision: "approve", comment: "go" } } };

  it("is asked in a result and answered by a retry, once, after the time a person takes", async () => {
    const door = askingModern();
    const asked = await door.ask(callOf(1, { _meta: forms }));
    expect(asked.result).toMatchObject({
      resultType: "input_required",
      requestState: "h1",
      inputRequests: {
        kidoban: {
          method: "elicitation/create",
          params: { message: "May it?", requestedSchema: { required: ["decision"] } },
        },
      },
    });
    door.state.now += 2000;
    const retry = { _meta: forms, requestState: "h1", inputResponses: yes };
    expect((await door.ask(callOf(2, retry))).result).toEqual({
      resultType: "complete",
      retry: { handle: "h1", answer: { kind: "approve", comment: "go" } },
    });
    // P2: an answer is good for one retry.
    expect((await door.ask(callOf(3, retry))).result).toMatchObject({
      retry: { handle: "h1", answer: { kind: "none" } },
    });
  });

  it.each<[string, number, object]>([
    ["comes at once", 100, { requestState: "h1", inputResponses: yes }],
    ["carries a handle of nobody", 5000, { requestState: "h2", inputResponses: yes }],
    ["answers another question", 5000, { requestState: "h1", inputResponses: { other: yes.kidoban } }],
    ["answers nothing", 5000, { requestState: "h1" }],
  ])("P7: says neither yes nor no when the retry %s", async (_name, ms, params) => {
    const door = askingModern();
    await door.ask(callOf(1, { _meta: forms }));
    door.state.now += ms;
    expect((await door.ask(callOf(2, { _meta: forms, ...params }))).result).toMatchObject({
      retry: { answer: { kind: "none" } },
    });
  });

  it("P7: without a handle is no retry, and a legacy client has none at all", async () => {
    const door = askingModern();
    expect((await door.ask(callOf(1, { _meta: forms, inputResponses: yes }))).result).toMatchObject({
      resultType: "input_required",
    });
    const legacy = openDoor((call) => result({ retry: call.retry ?? "none" }));
    await legacy.ask(initialize);
    expect((await legacy.ask(callOf(1, { requestState: "h1", inputResponses: yes }))).result).toEqual({
      retry: "none",
    });
  });

  it("is not put to a client that did not declare it", async () => {
    const door = askingModern();
    expect((await door.ask(callOf(1, { _meta: meta() }))).error?.code).toBe(-32603);
  });
});

describe("the end", () => {
  it("comes when the client closes its side: calls are cancelled and prompts given up", async () => {
    let answer: unknown;
    const door = openDoor(async (call) => {
      answer = await call.prompt?.(form, call.signal);
      return result({});
    });
    await door.ask({ ...initialize, params: { ...initialize.params, capabilities: { elicitation: {} } } });
    await door.ask(callOf(1, {}));
    door.input.end();
    await door.done;
    expect(door.calls[0]?.cancel?.requested).toBe(true);
    expect(answer).toMatchObject({ kind: "none" });
    expect(door.watched()).toBe(0);
  });

  it("comes when the client stops reading for good, even if it never closes our input", async () => {
    const input = new PassThrough();
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
    });
    const { gate } = gateOnly();
    const done = serveStdio({ input, output, gate, version: "1", signal: new AbortController().signal });
    input.write(`${JSON.stringify({ jsonrpc: "2.0", ...initialize })}\n`);
    await done;
  });

  it("by our own signal tells those who listen", async () => {
    const door = openDoor();
    await door.ask({
      id: "l",
      method: "subscriptions/listen",
      params: { notifications: { toolsListChanged: true, promptsListChanged: true }, _meta: meta() },
    });
    door.stop.abort();
    expect(await door.next()).toMatchObject({ id: "l", result: { resultType: "complete" } });
    await door.done;
  });

  it("waits for calls to be recorded, but not for ever", async () => {
    const door = openDoor(() => new Promise(() => undefined));
    await door.ask(initialize);
    door.send(callOf(1, {}));
    await new Promise(setImmediate);
    door.input.end();
    await door.done;
    expect(door.calls[0]?.cancel?.requested).toBe(true);
  });

  it("does not come, nor is memory filled, while a server sends progress that the client does not read", async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const { gate } = gateOnly();
    const stop = new AbortController();
    const chatty: Gate = {
      ...gate,
      async call(call) {
        for (let progress = 0; progress < 5000; progress++) {
          call.progress({ progress, message: "x".repeat(1000) });
          await Promise.resolve();
        }
        return result({ content: [] });
      },
    };
    const done = serveStdio({ input, output, gate: chatty, version: "1", signal: stop.signal });
    input.write(`${JSON.stringify({ jsonrpc: "2.0", ...initialize })}\n`);
    input.write(`${JSON.stringify({ jsonrpc: "2.0", ...callOf(1, { _meta: { progressToken: 1 } }) })}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(output.writableLength + output.readableLength).toBeLessThan(2 * 1024 * 1024);
    stop.abort();
    await done;
  });

  it("does not come while a client merely reads slowly, which is then not read from either", async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    const { gate, calls } = gateOnly("x".repeat(300_000));
    const stop = new AbortController();
    const done = serveStdio({ input, output, gate, version: "1", signal: stop.signal });
    input.write(`${JSON.stringify({ jsonrpc: "2.0", ...initialize })}\n`);
    for (let id = 0; id < 50; id++) {
      input.write(`${JSON.stringify({ jsonrpc: "2.0", ...callOf(id, {}) })}\n`);
      await new Promise(setImmediate);
    }
    expect(calls.length).toBeLessThan(20);
    await new Promise<void>((resolve) => {
      let answered = 0;
      output.on("data", (chunk: Buffer) => {
        answered += chunk.toString().split("\n").length - 1;
        if (answered === 51) resolve();
      });
    });
    stop.abort();
    await done;
  });
});

function gateOnly(text = "ok"): { gate: Gate; calls: AgentCall[] } {
  const calls: AgentCall[] = [];
  return {
    calls,
    gate: {
      agent: "test",
      connected: async () => undefined,
      list: async () => ({ text: "[]", count: 0 }),
      call: async (call) => {
        calls.push(call);
        return result({ content: [{ type: "text", text }] });
      },
      task: async () => ({ kind: "unknown" }),
      refused: () => undefined,
      watch: async () => ({ kind: "refused", error: '{"code":-32002,"message":"Resource not found"}' }),
      onLogMessage: () => () => undefined,
      kinds: () => new Set(),
      inputSchema: () => undefined,
      onListChanged: () => () => undefined,
    },
  };
}
