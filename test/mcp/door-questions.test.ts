/** Servers' questions at the agent's door: the retry that answers goes on with its own call, once, and with no other. */

import { afterEach, describe, expect, it, vi } from "vitest";
import type { AgentCall, Answer, Gate, Question, QuestionAnswer } from "../../src/gateway/ports.ts";
import { openDoor, type Door } from "../../src/mcp/door.ts";
import { openHandles, type Handles } from "../../src/mcp/handles.ts";

const META = "io.modelcontextprotocol/";
const modernMeta = (capabilities: object = { elicitation: { form: {} }, sampling: {} }): object => ({
  [`${META}protocolVersion`]: "2026-07-28",
  [`${META}clientCapabilities`]: capabilities,
});
const FORM: Question = { method: "elicitation/create", needs: "form", params: '{"message":"[s asks] Which?"}' };
const URL_: Question = {
  method: "elicitation/create",
  needs: "url",
  params: '{"mode":"url","message":"[s asks] Go","url":"https://example.com/","elicitationId":"s/1"}',
};
const YES = { action: "accept", content: { seat: "a" } };

interface Received {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly [key: string]: unknown };
  readonly result?: {
    readonly resultType?: string;
    readonly requestState?: string;
    readonly inputRequests?: { readonly [key: string]: { readonly method: string; readonly params: object } };
    readonly content?: readonly { readonly text: string }[];
  };
  readonly error?: { readonly code: number };
}

const ended: Door[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(ended.splice(0).map((door) => door.leave()));
});

/** A gate whose calls the test carries out. */
function gateOf(carryOut: (call: AgentCall) => Promise<unknown>) {
  const calls: AgentCall[] = [];
  const refusals: (string | undefined)[] = [];
  const gate: Gate = {
    agent: "test",
    connected: async () => undefined,
    list: async () => ({ text: "[]", count: 0 }),
    async call(call): Promise<Answer> {
      calls.push(call);
      const text = JSON.stringify(await carryOut(call));
      return { kind: "result", text: JSON.stringify({ content: [{ type: "text", text }] }) };
    },
    task: async () => ({ kind: "unknown" }),
    refused: (_side, _method, reason) => refusals.push(reason),
    watch: async () => ({ kind: "refused", error: "{}" }),
    onLogMessage: () => () => undefined,
    kinds: () => new Set(),
    inputSchema: () => undefined,
    onListChanged: () => () => undefined,
  };
  return { gate, calls, refusals };
}

/** One connection of a client; several may share an agent's handles, as requests over HTTP do. */
function doorTo(gate: Gate, handles?: Handles) {
  const got: Received[] = [];
  const waiting: ((message: Received) => void)[] = [];
  const door = openDoor({
    gate,
    version: "1",
    now: () => performance.now(),
    send(text) {
      const message = JSON.parse(text) as Received;
      const next = waiting.shift();
      if (next === undefined) got.push(message);
      else next(message);
    },
    crowded: () => false,
    ...(handles === undefined ? {} : { handles }),
  });
  ended.push(door);
  let lastId = 0;
  const next = (): Promise<Received> =>
    new Promise((resolve) => (got.length > 0 ? resolve(got.shift() as Received) : waiting.push(resolve)));
  const send = (message: object): void => door.receive(JSON.stringify({ jsonrpc: "2.0", ...message }), true);
  return {
    door,
    got,
    next,
    send,
    /** A modern `tools/call`, with what a retry carries. */
    call(more: object = {}, { name = "book", args = { id: 1 }, meta = modernMeta() } = {}): Promise<Received> {
      const params = { name, arguments: args, _meta: meta, ...more };
      send({ id: ++lastId, method: "tools/call", params });
      return next();
    },
  };
}

const never = new AbortController().signal;
const asksOnce = (question = FORM) => gateOf(async (call) => call.ask?.([question], never));
const keyOf = ({ result }: Received): string => Object.keys(result?.inputRequests ?? {})[0] ?? "";
const retry = (asked: Received, response: unknown = YES): object => ({
  requestState: asked.result?.requestState,
  inputResponses: { [keyOf(asked)]: response },
});
const said = ({ result }: Received): unknown => JSON.parse(result?.content?.[0]?.text ?? "null");
const accepted = { kind: "result", says: "accept", text: JSON.stringify(YES) };
const NO_LONGER = { error: { code: -32602 } };

describe("a modern client's retry", () => {
  it("goes on with the call that waits: the gate sees one", async () => {
    const { gate, calls } = asksOnce();
    const { call } = doorTo(gate);
    const asked = await call();
    expect(asked.result).toMatchObject({ resultType: "input_required" });
    expect(await call(retry(asked))).toMatchObject({ result: { resultType: "complete" } });
    expect(calls).toHaveLength(1);
  });

  it("may come through another door of the same agent, whose first door has gone", async () => {
    const { gate, calls } = asksOnce();
    const handles = openHandles();
    const first = doorTo(gate, handles);
    const asked = await first.call();
    await first.door.leave();
    const second = doorTo(gate, handles);
    expect(said(await second.call(retry(asked)))).toEqual([accepted]);
    expect(calls).toHaveLength(1);
  });

  it("P7: is nothing at another agent's door, and the call goes on waiting for its own", async () => {
    const { gate, calls } = asksOnce();
    const [own, other] = [openHandles(), openHandles()];
    const mine = doorTo(gate, own);
    const asked = await mine.call();
    expect(await doorTo(gate, other).call(retry(asked))).toMatchObject(NO_LONGER);
    expect(said(await mine.call(retry(asked)))).toEqual([accepted]);
    expect(calls).toHaveLength(1);
  });

  it("P5: is refused the second time, and starts nothing", async () => {
    const { gate, calls, refusals } = asksOnce();
    const { call } = doorTo(gate);
    const asked = await call();
    await call(retry(asked));
    expect(await call(retry(asked))).toMatchObject(NO_LONGER);
    expect(calls).toHaveLength(1);
    expect(refusals).toHaveLength(1);
  });

  it("P5: twice at once goes on once", async () => {
    const { gate, calls } = asksOnce();
    const { call } = doorTo(gate);
    const asked = await call();
    const both = await Promise.all([call(retry(asked)), call(retry(asked))]);
    expect(both.filter((one) => one.error !== undefined)).toHaveLength(1);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ["arguments", { args: { id: 999 } }],
    ["one argument more", { args: { id: 1, __more: 1 } }],
    ["name", { name: "cancel" }],
  ])("P3: with another %s is refused, and nobody answers the question any more", async (_name, other) => {
    const told: unknown[] = [];
    const { gate, calls } = gateOf(async (call) => {
      told.push(await call.ask?.([FORM], never));
    });
    const { call } = doorTo(gate);
    const asked = await call();
    expect(await call(retry(asked), other)).toMatchObject(NO_LONGER);
    await vi.waitFor(() => expect(told).toMatchObject([[{ kind: "none" }]]), 15_000);
    expect(await call(retry(asked))).toMatchObject(NO_LONGER);
    expect(calls).toHaveLength(1);
  });

  it.each([["ask."], ["ask.AAAAAAAAAAAAAAAAAAAAAA"], ["ask.__proto__"]])(
    "with the guessed handle %s is refused",
    async (requestState) => {
      const { gate, calls } = asksOnce();
      const { call } = doorTo(gate);
      await call();
      expect(await call({ requestState, inputResponses: { "asked-1": YES } })).toMatchObject(NO_LONGER);
      expect(calls).toHaveLength(1);
    },
  );

  it("without an answer is asked again, under a new handle", async () => {
    const { gate, calls } = asksOnce();
    const { call } = doorTo(gate);
    const asked = await call();
    const again = await call({ requestState: asked.result?.requestState, inputResponses: { other: YES } });
    expect(again.result).toMatchObject({ resultType: "input_required" });
    expect(again.result?.requestState).not.toBe(asked.result?.requestState);
    expect(said(await call(retry(again)))).toEqual([accepted]);
    expect(calls).toHaveLength(1);
  });

  it("is not asked for ever", async () => {
    const { gate } = asksOnce();
    const { call } = doorTo(gate);
    let asked = await call();
    for (let round = 1; round < 10; round++) asked = await call({ requestState: asked.result?.requestState });
    const last = await call({ requestState: asked.result?.requestState });
    expect(said(last)).toMatchObject([{ kind: "none" }]);
  });

  it("with a malformed answer gives the server none of it", async () => {
    const { gate } = asksOnce();
    const { call } = doorTo(gate);
    expect(said(await call(retry(await call(), { action: "accept", content: { deep: {} } })))).toMatchObject([
      { kind: "error" },
    ]);
  });

  it("carries several answers, and what is asked meanwhile comes with the next round", async () => {
    const { gate } = gateOf(async (call) => {
      const [one, two] = await Promise.all([call.ask?.([FORM, FORM], never), call.ask?.([FORM], never)]);
      return [one?.length, two?.length];
    });
    const { call } = doorTo(gate);
    const asked = await call();
    const keys = Object.keys(asked.result?.inputRequests ?? {});
    expect(keys).toHaveLength(3);
    const inputResponses = Object.fromEntries(keys.map((key) => [key, YES]));
    expect(said(await call({ requestState: asked.result?.requestState, inputResponses }))).toEqual([2, 1]);
  });

  it("names a URL as its era has it", async () => {
    const { gate } = gateOf(async (call) => call.ask?.([URL_], never));
    const { call } = doorTo(gate);
    const asked = await call({}, { meta: modernMeta({ elicitation: { url: {} } }) });
    expect(asked.result?.inputRequests?.[keyOf(asked)]?.params).toEqual({
      mode: "url",
      message: "[s asks] Go",
      url: "https://example.com/",
    });
  });

  it("that declares less than before counts with what it declares", async () => {
    const { gate, calls } = asksOnce();
    const { call } = doorTo(gate);
    const asked = await call();
    await call(retry(asked), { meta: modernMeta({}) });
    expect(calls[0]?.client.abilities ?? []).toEqual([]);
  });
});

describe("a call that waits for a retry", () => {
  it("P5: is told that nobody answers when two minutes are over, and its handle is worth nothing then", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const told: unknown[] = [];
    const { gate, calls } = gateOf(async (call) => {
      told.push(await call.ask?.([FORM], never));
    });
    const { call } = doorTo(gate);
    const asked = await call();
    await vi.advanceTimersByTimeAsync(119_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toMatchObject([[{ kind: "none", why: "nobody answered in time" }]]);
    expect(await call(retry(asked))).toMatchObject(NO_LONGER);
    // The server has had its last word; a call that has not ended by now is cancelled.
    expect(calls[0]?.cancel.requested).toBe(false);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(calls[0]?.cancel.requested).toBe(true);
  });

  it("sends nothing while no request of it is open", async () => {
    const { gate, calls } = asksOnce();
    const { call, got } = doorTo(gate);
    const asked = await call({}, { meta: { ...modernMeta(), progressToken: "t" } });
    calls[0]?.progress({ progress: 1 });
    expect(got).toEqual([]);
    const again = call(retry(asked), { meta: { ...modernMeta(), progressToken: "t-2" } });
    calls[0]?.progress({ progress: 2 });
    expect(await again).toMatchObject({ method: "notifications/progress", params: { progressToken: "t-2" } });
  });

  it("ends with the door that has no other beside it", async () => {
    const told: unknown[] = [];
    const { gate, calls } = gateOf(async (call) => {
      told.push(await call.ask?.([FORM], never));
    });
    const { call, door } = doorTo(gate);
    await call();
    await door.leave();
    expect(told).toMatchObject([[{ kind: "none" }]]);
    expect(calls[0]?.cancel.requested).toBe(true);
  });
});

/** A legacy client that has just called. */
const opened = async (gate: Gate) => {
  const one = doorTo(gate);
  const capabilities = { elicitation: { form: {}, url: {} } };
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "c", version: "1" } };
  one.send({ id: 0, method: "initialize", params });
  await one.next();
  one.send({ method: "notifications/initialized" });
  one.send({ id: 1, method: "tools/call", params: { name: "book", arguments: {} } });
  return one;
};

describe("a legacy client", () => {
  it("is asked on its connection; a second answer settles nothing, and neither does one of another connection", async () => {
    const { gate, refusals } = gateOf(async (call) => call.ask?.([FORM], never));
    const mine = await opened(gate);
    const question = await mine.next();
    expect(question).toMatchObject({ method: "elicitation/create", params: { message: "[s asks] Which?" } });
    const other = doorTo(gate);
    other.send({ id: question.id, result: YES });
    mine.send({ id: question.id, result: YES });
    mine.send({ id: question.id, result: { action: "decline" } });
    expect(said(await mine.next())).toEqual([accepted]);
    expect(refusals).toEqual(["an answer to nothing that was asked", "an answer to nothing that was asked"]);
  });

  it("gives its own errors, and malformed ones are errors too", async () => {
    for (const error of [{ code: -1, message: "no" }, "no", {}]) {
      const { gate } = gateOf(async (call) => call.ask?.([FORM], never));
      const mine = await opened(gate);
      mine.send({ id: (await mine.next()).id, error });
      expect(said(await mine.next())).toMatchObject([{ kind: "error" }]);
    }
  });

  it("is told that a question is withdrawn, and its answer then settles nothing", async () => {
    const withdraw = new AbortController();
    const answers: (readonly QuestionAnswer[] | undefined)[] = [];
    const { gate, refusals } = gateOf(async (call) => {
      answers.push(await call.ask?.([FORM], withdraw.signal));
    });
    const mine = await opened(gate);
    const { id } = await mine.next();
    withdraw.abort();
    expect(await mine.next()).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
    mine.send({ id, result: YES });
    await vi.waitFor(() => expect(answers).toMatchObject([[{ kind: "none" }]]), 15_000);
    expect(refusals).toHaveLength(1);
  });

  it("asks for nothing with a requestState of the other era", async () => {
    const { gate, calls } = asksOnce();
    const mine = await opened(gate);
    await mine.next();
    const params = { name: "book", arguments: {}, requestState: "ask.x", inputResponses: { "asked-1": YES } };
    mine.send({ id: 2, method: "tools/call", params });
    await mine.next();
    // A call of its own: in this era the words mean nothing.
    expect(calls).toHaveLength(2);
  });
});
