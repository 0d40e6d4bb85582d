/** Questions of servers on one connection: whose call they belong to, and what may not be made of them. */

import { afterAll, describe, expect, it } from "vitest";
import type { Ability, Asked, Asking, Question, QuestionAnswer } from "../../src/gateway/ports.ts";
import type { Json } from "../../src/policy/json.ts";
import { attributed, readQuestion, readQuestionAnswer } from "../../src/mcp/questions.ts";
import { call, endAll, fixture, startStdio, textOf, until } from "./fixtures.ts";

afterAll(endAll);

const ALL: readonly Ability[] = ["form", "url", "sampling", "sampling-tools"];
const YES: QuestionAnswer = { kind: "result", says: "accept", text: '{"action":"accept","content":{}}' };

function start(...flags: string[]) {
  const told: string[] = [];
  const noted = startStdio(
    [fixture("scripted.mjs"), ...flags],
    {},
    {
      asks: () => ["elicitation", "sampling"],
      roots: () => ["file:///work"],
      rootsTold: (text) => void told.push(text),
    },
  );
  return { ...noted, told };
}

/** A call's way to its client, which the test answers. */
function asking(
  answer: (questions: readonly Question[], signal: AbortSignal) => Asked | Promise<Asked> = (questions) => ({
    kind: "answers",
    answers: questions.map(() => YES),
  }),
  more: Partial<Asking> = {},
) {
  const asked: Question[] = [];
  const over: string[] = [];
  const way: Asking = {
    abilities: ALL,
    era: "legacy",
    conversation: undefined,
    async ask(questions, signal) {
      asked.push(...questions);
      return answer(questions, signal);
    },
    over: (name) => void over.push(name),
    ...more,
  };
  return { way, asked, over };
}

const nobody = (): void => undefined;
const params = { message: "Which?", requestedSchema: { type: "object", properties: {} } };
const elicit = (id: Json, more: object = {}) => ({ id, method: "elicitation/create", params: { ...params, ...more } });
const heard = (forwarded: Parameters<typeof textOf>[0]): { id?: Json; result?: Json; error?: { code: number } }[] =>
  JSON.parse(textOf(forwarded)) as [];

const list = (id: number) => ({ id, method: "roots/list" });
const complete = (elicitationId: string) => ({
  method: "notifications/elicitation/complete",
  params: { elicitationId },
});

describe("a question of a server of 2025", () => {
  it("is put to the client of the only call in flight, and answered under the server's own id", async () => {
    const { server } = start();
    await server.ready();
    const { way, asked } = asking();
    const said = await call(server, "say", { say: [elicit("q-1")], wait: 1 }, { asking: way });
    expect(heard(said)).toEqual([{ jsonrpc: "2.0", id: "q-1", result: { action: "accept", content: {} } }]);
    expect(JSON.parse(asked[0]?.params ?? "")).toMatchObject({ message: "[one asks] Which?" });
  });

  it("P7: outside of any call is refused and put to nobody", async () => {
    const { server, refusals } = start();
    await server.ready();
    const { way, asked } = asking();
    await call(server, "say", { say: [], wait: 0, after: [{ jsonrpc: "2.0", ...elicit(7) }] }, { asking: way });
    await until(() => refusals.length > 0);
    expect(refusals).toEqual([{ method: "elicitation/create", reason: "a question outside of any call" }]);
    expect(asked).toEqual([]);
    expect(heard(await call(server, "heard"))).toMatchObject([{ id: 7, error: { code: -32603 } }]);
  });

  it("P7: that could be of two clients' calls is refused and put to neither", async () => {
    const { server, refusals } = start();
    await server.ready();
    const [one, two] = [asking(undefined, { conversation: {} }), asking(undefined, { conversation: {} })];
    const first = call(server, "say", { say: [], wait: 1 }, { asking: one.way });
    const second = call(server, "say", { say: [elicit(1)], wait: 1 }, { asking: two.way });
    expect(heard(await first)).toMatchObject([{ error: { code: -32603 } }]);
    await second;
    expect([one.asked, two.asked]).toEqual([[], []]);
    expect(refusals[0]?.reason).toBe("a question that could belong to calls of several clients");
  });

  it("of two calls of one client is put to that client", async () => {
    const { server } = start();
    await server.ready();
    const conversation = {};
    const [one, two] = [asking(undefined, { conversation }), asking(undefined, { conversation })];
    const first = call(server, "say", { say: [], wait: 1 }, { asking: one.way });
    await Promise.all([first, call(server, "say", { say: [elicit(1)], wait: 1 }, { asking: two.way })]);
    expect(one.asked.length + two.asked.length).toBe(1);
  });

  it("P7: in the middle of a read of the gate's own is put to nobody", async () => {
    const { server } = start();
    await server.ready();
    expect(heard(await call(server, "say", { say: [elicit(1)], wait: 1 }))).toMatchObject([
      { error: { code: -32601 } },
    ]);
  });

  it("with the id of another that is open is dropped, so that one answer settles one question", async () => {
    const { server, refusals } = start();
    await server.ready();
    let release: (asked: Asked) => void = nobody;
    const { way, asked } = asking(() => new Promise((resolve) => (release = resolve)));
    const calling = call(
      server,
      "say",
      { say: [elicit(5), elicit(5, { message: "Other" })], wait: 1 },
      { asking: way },
    );
    await until(() => refusals.length > 0);
    release({ kind: "answers", answers: [YES] });
    expect(heard(await calling)).toHaveLength(1);
    expect(asked).toHaveLength(1);
    expect(refusals[0]?.reason).toBe("a second question of the same id");
  });

  it("under the id of our own question answers nothing of it", async () => {
    const { server } = start();
    await server.ready();
    const { way } = asking();
    // `$ID` is the id of the call itself: sides number their questions apart.
    const said = await call(server, "say", { say: [elicit("$ID")], wait: 1 }, { asking: way });
    expect(said.status).toBe("ok");
    expect(heard(said)).toMatchObject([{ result: { action: "accept" } }]);
  });

  it("is withdrawn when the server withdraws it, and then not answered", async () => {
    const { server } = start();
    await server.ready();
    let aborted = false;
    const { way } = asking(
      (_questions, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve({ kind: "answers", answers: [YES] });
          });
        }),
    );
    const withdraw = { method: "notifications/cancelled", params: { requestId: 3 } };
    const said = await call(
      server,
      "say",
      { say: [elicit(3), withdraw, elicit(4, { mode: "?" })], wait: 1 },
      { asking: way },
    );
    expect(aborted).toBe(true);
    expect(heard(said)).toMatchObject([{ id: 4, error: { code: -32602 } }]);
  });

  it("P8: is withdrawn when its call is stopped, and its late answer goes nowhere", async () => {
    const { server } = start();
    await server.ready();
    let release: (asked: Asked) => void = nobody;
    let aborted = false;
    const { way, asked } = asking(
      (_questions, signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => (aborted = true));
          release = resolve;
        }),
    );
    const calling = call(server, "say", { say: [elicit(9)], wait: 1 }, { asking: way });
    await until(() => asked.length > 0);
    server.cancelAll();
    expect((await calling).status).toBe("cancelled");
    expect(aborted).toBe(true);
    release({ kind: "answers", answers: [YES] });
    const lines = heard(await call(server, "heard"));
    expect(JSON.stringify(lines)).not.toContain("accept");
  });

  it("that can be read in two ways is put to nobody", async () => {
    const { server, refusals } = start();
    await server.ready();
    const { way, asked } = asking();
    const big = elicit(1, {
      requestedSchema: { type: "object", properties: { n: { type: "number", maximum: 2 ** 60 } } },
    });
    await call(server, "say", { say: [big], wait: 1 }, { asking: way });
    expect(asked).toEqual([]);
    expect(refusals[0]?.reason).toContain("number");
  });

  it("P12: for roots gets those of the manifest, in a call or outside, and it is told once what is the same", async () => {
    const { server, told } = start();
    await server.ready();
    expect(heard(await call(server, "say", { say: [list(1), list(2)], wait: 2 }))).toMatchObject([
      { id: 1, result: { roots: [{ uri: "file:///work" }] } },
      { id: 2, result: { roots: [{ uri: "file:///work" }] } },
    ]);
    expect(told).toEqual(['{"roots":[{"uri":"file:///work"}]}']);
  });

  it("ends only an elicitation that it began", async () => {
    const { server, refusals } = start();
    await server.ready();
    const { way, over } = asking();
    const url = { mode: "url", url: "https://example.com/", elicitationId: "e" };
    const say = [elicit(1, url), complete("e"), complete("e"), complete("other")];
    await call(server, "say", { say, wait: 1 }, { asking: way });
    expect(over).toEqual(["one/e"]);
    expect(refusals).toHaveLength(2);
  });
});

const wants = (key: string, more: object = {}) => ({
  resultType: "input_required",
  inputRequests: { [key]: { method: "elicitation/create", params } },
  requestState: `state "${key}"`,
  ...more,
});

describe("rounds of a server of 2026", () => {
  interface Params {
    readonly arguments: Json;
    readonly inputResponses?: Json;
    readonly requestState?: string;
    readonly _meta: { readonly [key: string]: Json };
  }
  const paramsOf = (forwarded: Parameters<typeof textOf>[0]): Params[] => JSON.parse(textOf(forwarded)) as Params[];

  it("are one call: same arguments, its state word for word, the answers under its own keys", async () => {
    const { server } = start("--modern");
    await server.ready();
    const { way, asked } = asking();
    const said = await call(server, "rounds", { rounds: [wants("a"), wants("__proto__")] }, { asking: way });
    const [first, second, third] = paramsOf(said);
    expect(second?.arguments).toEqual(first?.arguments);
    expect(second?.requestState).toBe('state "a"');
    expect(second?.inputResponses).toEqual({ a: { action: "accept", content: {} } });
    expect(third?.requestState).toBe('state "__proto__"');
    expect(Object.keys(third?.inputResponses ?? {})).toEqual(["__proto__"]);
    expect(asked).toHaveLength(2);
    const declared = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };
    for (const each of paramsOf(said))
      expect(each._meta["io.modelcontextprotocol/clientCapabilities"]).toEqual(declared);
  });

  it("answer roots without asking anybody", async () => {
    const { server } = start("--modern");
    await server.ready();
    const { way, asked } = asking();
    const roots = { resultType: "input_required", inputRequests: { r: { method: "roots/list" } }, requestState: "1" };
    const said = await call(server, "rounds", { rounds: [roots] }, { asking: way });
    expect(said.status).toBe("ok");
    expect(paramsOf(said)[1]?.inputResponses).toEqual({ r: { roots: [{ uri: "file:///work" }] } });
    expect(asked).toEqual([]);
  });

  it.each<[string, object]>([
    ["a method that is no question", { inputRequests: { a: { method: "tools/call", params: {} } } }],
    ["a request that is none", { inputRequests: { a: 1 } }],
    ["nothing at all", { inputRequests: {}, requestState: undefined }],
    ["a state that is no text", { requestState: 7 }],
    [
      "a URL with credentials",
      {
        inputRequests: {
          a: { method: "elicitation/create", params: { mode: "url", message: "m", url: "https://a:b@example.com/" } },
        },
      },
    ],
  ])("P1: that want %s put nothing to anybody, and the call fails", async (_name, more) => {
    const { server } = start("--modern");
    await server.ready();
    const { way, asked } = asking();
    const said = await call(server, "rounds", { rounds: [wants("a", more)] }, { asking: way });
    expect(said).toMatchObject({ status: "rpc_error", text: expect.stringContaining("-32603") });
    expect(asked).toEqual([]);
  });

  it("P1: that ask what this client did not declare put nothing to it", async () => {
    const { server } = start("--modern");
    await server.ready();
    const { way, asked } = asking(undefined, { abilities: ["url"] });
    expect((await call(server, "rounds", { rounds: [wants("a")] }, { asking: way })).status).toBe("rpc_error");
    expect(asked).toEqual([]);
  });

  it("P5: whose questions nobody answers end the call as one whose outcome is unknown", async () => {
    const { server } = start("--modern");
    await server.ready();
    const sample = { a: { method: "sampling/createMessage", params: { messages: [], maxTokens: 1 } } };
    const { way } = asking(() => ({ kind: "answers", answers: [{ kind: "error", code: -1, message: "no" }] }));
    const said = await call(server, "rounds", { rounds: [wants("a", { inputRequests: sample })] }, { asking: way });
    expect(said).toMatchObject({ status: "cancelled" });
  });

  it("P2: go no further when the call may not go on", async () => {
    const { server } = start("--modern");
    await server.ready();
    const { way } = asking(() => ({ kind: "halt", why: "the rules changed" }));
    expect(await call(server, "rounds", { rounds: [wants("a")] }, { asking: way })).toMatchObject({
      status: "cancelled",
      detail: "the rules changed",
    });
  });

  it("P8: are not sent on when the call was stopped while the client was asked", async () => {
    const { server } = start("--modern");
    await server.ready();
    let release: (asked: Asked) => void = nobody;
    const { way, asked } = asking(() => new Promise((resolve) => (release = resolve)));
    const calling = call(server, "rounds", { rounds: [wants("a")] }, { asking: way });
    await until(() => asked.length > 0);
    server.cancelAll();
    expect((await calling).status).toBe("cancelled");
    release({ kind: "answers", answers: [YES] });
    const { way: other } = asking();
    // Had the first been sent on, this would be the third that it has seen.
    expect(paramsOf(await call(server, "rounds", { rounds: [wants("b")] }, { asking: other }))).toHaveLength(2);
  });

  it("are bounded by the call's own time, also while the client is asked", async () => {
    const { server } = start("--modern");
    await server.ready();
    const { way } = asking(() => new Promise(() => undefined));
    const said = await call(server, "rounds", { rounds: [wants("a")] }, { asking: way, timeoutMs: 100 });
    expect(said.status).toBe("timeout");
  });
});

const read = (more: object) => readQuestion("files", "elicitation/create", { ...params, ...more }, () => "new");
const messageOf = (message: string): string => {
  const found = read({ message });
  return found.kind === "question" ? (JSON.parse(found.question.params) as { message: string }).message : "refused";
};

describe("what people read of a question (P7)", () => {
  it.each([
    "Approve x on y? (AAA-AAA)",
    "\u202eApprove",
    "\n\n\nApprove",
    "\u001b[2JApprove",
    "[kidoban asks] Approve",
  ])("begins with who asks, and nothing in it can hide that: %j", (message) => {
    const shown = messageOf(message);
    expect(shown.startsWith("[files asks] ")).toBe(true);
    expect(shown).toBe(attributed("files", message));
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(shown).not.toContain("\u001b");
  });

  it("is a form of what it was, and nothing more", () => {
    const found = read({ task: { ttl: 1 }, "x-own": 1, _meta: { progressToken: 1, codex_thing: true } });
    expect(found.kind === "question" && Object.keys(JSON.parse(found.question.params) as object)).toEqual([
      "message",
      "requestedSchema",
      "_meta",
    ]);
    expect(JSON.stringify(found)).not.toMatch(/progressToken|codex_thing|ttl|x-own/);
  });

  it.each([
    ["javascript:alert(1)"],
    ["http://example.com/"],
    ["https://user:pass@example.com/"],
    ["https://example.com/\u202ea"],
    ["https://exаmple.com/"],
    ["https://example.com/ a"],
    [7],
  ])("is no URL such as %j", (url) => {
    expect(read({ mode: "url", url })).toMatchObject({ kind: "refused", error: { code: -32602 } });
  });

  it.each<[Json | undefined]>([
    [undefined],
    [null],
    ["accept"],
    [{ action: "approve" }],
    [{ action: "accept" }],
    [{ action: "accept", content: { deep: { er: 1 } } }],
  ])("is not answered by %j", (result) => {
    const question: Question = { method: "elicitation/create", needs: "form", params: "{}" };
    expect(readQuestionAnswer(question, result)).toMatchObject({ kind: "error", code: -32603 });
  });
});
