/** Calls that an approver changed before they ran, or sent back with a question; and who tries to make something of that. */

import { afterEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import type { Edited } from "../../src/approval/desk.ts";
import type { Answer } from "../../src/gateway/ports.ts";
import { handGate, said, SECRET, type Hand } from "./hand.ts";

let gate: Hand;
afterEach(() => gate.close());

const EDITABLE = "  - { id: ask, effect: ask, match: [hand/change], approval: { allow_edit: [text] } }";

async function opened(options: Parameters<typeof handGate>[0] = {}): Promise<Hand> {
  gate = await handGate({ rules: EDITABLE, people: ["aiko"], ...options });
  return gate;
}

const editedTo = async (request: Request, text: unknown, by = "tester"): Promise<Request> => {
  const edited: Edited = await gate.desk.edit(request.id, { text: text as string }, by);
  if (edited.kind === "refused") throw new Error(edited.why);
  return edited.request;
};

/** A held call of `change`, and the request it waits for. */
async function held(args = { text: "draft" }): Promise<{ readonly call: Promise<Answer>; readonly request: Request }> {
  const call = gate.call("hand_change", args);
  return { call, request: await gate.waitFor("pending") };
}
const states = async (): Promise<string[]> =>
  (await gate.store.requests({})).map(({ state, note }) => (note === undefined ? state : `${state}: ${note}`));

describe("a call that an approver changed", () => {
  test("runs as changed, once, for the caller that waited; its answer begins with what was changed (P2, P3)", async () => {
    await opened();
    const { call, request } = await held();
    const child = await editedTo(request, "final");
    expect((await gate.store.request(request.id))?.state).toBe("edited");
    expect(gate.sent).toEqual([]);
    await gate.answer(child);
    const answer = await call;
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual(['{"text":"final"}']);
    expect(said(answer)).toBe(
      'ARGUMENTS CHANGED: before this call was approved, tester changed these of its arguments: text = "final". What follows is about the call with them.\ndone',
    );
    const edit = gate.entries().find(({ kind }) => kind === "request.edited");
    expect(edit).toMatchObject({ from: request.id, request: child.id, call: request.call, by: "tester" });
    for (const text of ['{"text":"draft"}', '{"text":"final"}']) expect(await gate.everything()).toContain(text);
  });

  test("is not approved by the answer to what it was changed from (P2)", async () => {
    await opened({ wait: "3s" });
    const { call, request } = await held();
    const child = await editedTo(request, "final");
    expect(await gate.answer(request)).toEqual({ kind: "refused", why: "closed" });
    expect(said(await call)).toContain(child.code);
    expect(gate.sent).toEqual([]);
  });

  test("is waited for by the id of the first one, and its bytes stay as the server wrote them (P10)", async () => {
    await opened({ wait: "1s" });
    gate.state.answer = () => ({
      status: "ok",
      member: "result",
      text: '{"_meta":{"content":[1]},"content" : [ {"type":"text","text":"n: 9007199254740993"}],"x":9007199254740993}',
    });
    const { call, request } = await held();
    await call;
    await gate.answer(await editedTo(request, "final"));
    const answer = await gate.call("kidoban_wait", { id: request.id });
    if (answer.kind !== "result") throw new Error(answer.kind);
    expect(answer.text).toMatch(
      /^\{"_meta":\{"content":\[1\]\},"content" : \[\{"type":"text","text":"ARGUMENTS CHANGED[^}]*\}, \{"type":"text","text":"n: 9007199254740993"\}\],"x":9007199254740993\}$/,
    );
    expect(said(await gate.call("kidoban_wait", { id: request.id }))).toContain("ARGUMENTS CHANGED");
  });

  test("says so too where the server answers with an error, and where the outcome is unknown", async () => {
    await opened();
    gate.state.answer = () => ({ status: "rpc_error", member: "error", text: '{"code":-1,"message":"no","data":1}' });
    const one = await held({ text: "a" });
    await gate.answer(await editedTo(one.request, "b"));
    expect(said(await one.call)).toMatch(/^\{"code":-1,"message":"ARGUMENTS CHANGED.*text = \\"b\\".* no","data":1\}$/);
    gate.state.answer = () => ({ status: "timeout" });
    const other = await held({ text: "c" });
    await gate.answer(await editedTo(other.request, "d"));
    expect(said(await other.call)).toMatch(/^ARGUMENTS CHANGED.*OUTCOME UNKNOWN/);
  });

  test("asked for again as it was, is asked about anew", async () => {
    await opened();
    const { call, request } = await held();
    await gate.answer(await editedTo(request, "final"));
    await call;
    const again = gate.call("hand_change", { text: "draft" });
    const asked = await gate.waitFor("pending");
    expect(asked.view.edited).toBeUndefined();
    await gate.answer(asked, "deny");
    expect(said(await again)).toContain("DENIED");
    expect(gate.sent).toHaveLength(1);
  });

  test("can be changed again, by somebody else, and its agent is told of all of it", async () => {
    await opened();
    const { call, request } = await held();
    const first = await editedTo(request, "one");
    await gate.answer(await editedTo(first, "two", "aiko"));
    expect(said(await call)).toContain('aiko changed these of its arguments: text = "two".');
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual(['{"text":"two"}']);
  });

  test("is void where the changed arguments do not fit the schema, carry a credential, or are denied (P2, P9, P11)", async () => {
    await opened({
      rules: `${EDITABLE}\n  - { id: no, effect: deny, match: [hand/change], when: "args.text == 'forbidden'" }`,
    });
    for (const [to, why] of [
      [7, "do not fit"],
      [SECRET, "credential"],
      ["forbidden", "no longer holds"],
    ] as const) {
      const { call, request } = await held({ text: `draft ${to === SECRET ? "s" : to}` });
      await gate.answer(await editedTo(request, to));
      expect(said(await call)).toContain(why);
    }
    expect(gate.sent).toEqual([]);
  });

  test("is void when the rules let nobody change it any more before it runs (P12)", async () => {
    await opened({ wait: "1s" });
    const { call, request } = await held();
    const child = await editedTo(request, "final");
    await call;
    await gate.edit(() => gate.writeManifest("  - { id: ask, effect: ask, match: [hand/change] }"));
    await gate.answer(child);
    expect(said(await gate.call("kidoban_wait", { id: request.id }))).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
  });

  test("is refused at the desk to whom it is not asked of, and for what the rules do not name (P2)", async () => {
    await opened();
    const { call, request } = await held();
    const why = async (changes: Record<string, string>, by = "tester"): Promise<string> => {
      const edited = await gate.desk.edit(request.id, changes, by);
      return edited.kind === "refused" ? edited.why : edited.kind;
    };
    expect(await why({ text: "x" }, "mallory")).toBe("not-your-turn");
    expect(await why({ text: "draft" })).toBe("unchanged");
    expect(await why({ other: "x" })).toBe("not-editable");
    expect((await gate.desk.edit("nothing", { text: "x" }, "tester")).kind).toBe("refused");
    await gate.answer(request);
    await call;
    expect(await why({ text: "x" })).toBe("closed");
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual(['{"text":"draft"}']);
  });

  test("never by the agent's own client, even where that suffices (P7)", async () => {
    await opened({ config: "approvals: { assurance: client }", wait: "3s" });
    const call = gate.call(
      "hand_change",
      { text: "draft" },
      {
        client: { era: "legacy", protocol: "2025-11-25", prompts: true },
        prompt: async () => {
          const request = await gate.waitFor("pending");
          await editedTo(request, "final");
          return { kind: "approve" };
        },
      },
    );
    expect(said(await call)).toContain("needs a human's approval");
    expect(gate.sent).toEqual([]);
    expect(await states()).toEqual(["pending", expect.stringContaining("edited")]);
  });
});

/** Approved as changed, nobody waiting, then tampered with, then fetched. */
async function afterwards(tamper: (child: Request, parent: Request) => Promise<void>): Promise<string> {
  await opened({ wait: "1s" });
  const { call, request } = await held();
  const child = await editedTo(request, "final");
  await call;
  await gate.answer(child);
  await tamper(child, request);
  return said(await gate.call("kidoban_wait", { id: child.id }));
}

describe("a task whose call an approver changed", () => {
  const client = { era: "modern", protocol: "2026-07-28", prompts: false, tasks: true } as const;
  async function given(): Promise<{ readonly id: string; readonly request: Request }> {
    await opened();
    const answer = await gate.call("hand_change", { text: "draft" }, { client });
    if (answer.kind !== "task") throw new Error(answer.kind);
    return { id: answer.task.id, request: await gate.waitFor("pending") };
  }

  test("runs once it is approved, polled or not, and ends with what was changed (P2, P5)", async () => {
    const { id, request } = await given();
    const child = await editedTo(request, "final");
    const poll = () => gate.gate.task("get", id, { client, claimed: {} });
    expect(await poll()).toMatchObject({ task: { status: "working", message: expect.stringContaining(child.code) } });
    await gate.answer(child);
    await gate.waitFor("succeeded");
    expect(await poll()).toMatchObject({
      task: { status: "completed", text: expect.stringContaining("ARGUMENTS CHANGED") },
    });
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual(['{"text":"final"}']);
  });

  test("is cancelled with the call as it is now", async () => {
    const { id, request } = await given();
    const child = await editedTo(request, "final");
    await gate.gate.task("cancel", id, { client, claimed: {} });
    expect((await gate.store.request(child.id))?.state).toBe("withdrawn");
    expect(await gate.answer(child)).toEqual({ kind: "refused", why: "closed" });
    expect(gate.sent).toEqual([]);
  });
});

describe("attack: rows about a change, written by hand", () => {
  test("of what the agent had asked for (P3)", async () => {
    expect(
      await afterwards((_, parent) =>
        gate.tamper(
          `UPDATE requests SET facts = json_set(facts, '$.argsText', '{"text":"x"}') WHERE id = ?`,
          parent.id,
        ),
      ),
    ).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
  });

  test("of what would run (P3)", async () => {
    expect(
      await afterwards((child) =>
        gate.tamper(`UPDATE requests SET facts = json_set(facts, '$.argsText', '{"text":"x"}') WHERE id = ?`, child.id),
      ),
    ).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
  });

  test("of whether anything was changed (P3)", async () => {
    expect(
      await afterwards((child) =>
        gate.tamper(`UPDATE requests SET facts = json_remove(facts, '$.editedFrom') WHERE id = ?`, child.id),
      ),
    ).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
  });

  test("of which request it was changed from (P3)", async () => {
    expect(
      await afterwards((_, parent) => gate.tamper("UPDATE requests SET state = 'denied' WHERE id = ?", parent.id)),
    ).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
  });
});

describe("a call that is sent back with a question", () => {
  test("runs nothing; what the agent asks next shows the question, and its reason under it (P2)", async () => {
    await opened();
    const { call, request } = await held();
    await gate.answer(request, "return", "aiko", "Which customer is this for?");
    expect(said(await call)).toContain("sent back by aiko with a question: Which customer is this for?");
    const again = gate.call("hand_change", { text: "draft, for Sato", kidoban_reason: "for Sato" });
    const asked = await gate.waitFor("pending");
    expect(asked.view).toMatchObject({
      question: { by: "aiko", text: "Which customer is this for?" },
      reason: "for Sato",
    });
    await gate.answer(asked);
    await again;
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual(['{"text":"draft, for Sato"}']);
    const next = gate.call("hand_change", { text: "something else" });
    expect((await gate.waitFor("pending")).view.question).toBeUndefined();
    await gate.answer(await gate.waitFor("pending"), "deny");
    await next;
  });

  test("after its caller had gone, all the same", async () => {
    await opened({ wait: "1s" });
    const { call, request } = await held();
    await call;
    await gate.answer(request, "return", "aiko", "Why?");
    const again = gate.call("hand_change", { text: "other" });
    for (;;) {
      const asked = (await gate.store.requests({ states: ["pending"] })).find(({ id }) => id !== request.id);
      if (asked === undefined) {
        await new Promise((done) => setTimeout(done, 10));
        continue;
      }
      expect(asked.view.question).toMatchObject({ by: "aiko", text: "Why?" });
      await gate.answer(asked, "deny");
      break;
    }
    await again;
  });

  test("attack: a question that nobody signed is not shown (P3)", async () => {
    await opened();
    const { call, request } = await held();
    await gate.answer(request, "deny");
    await call;
    await gate.tamper(
      `UPDATE requests SET state = 'returned', note = '"Approve the next one."' WHERE id = ?`,
      request.id,
    );
    const again = gate.call("hand_change", { text: "other" });
    expect((await gate.waitFor("pending")).view.question).toBeUndefined();
    await gate.answer(await gate.waitFor("pending"), "deny");
    await again;
  });
});

const deny = async (text: string): Promise<string> => {
  const call = gate.call("hand_change", { text });
  await gate.answer(await gate.waitFor("pending"), "deny");
  return said(await call);
};

describe("a tool that people deny again and again", () => {
  test("is closed at once after three denials, for this agent and tool alone, and that is on record", async () => {
    await opened({ rules: "" });
    for (const text of ["a", "b", "c"]) expect(await deny(text)).toContain("DENIED by tester");
    expect(said(await gate.call("hand_change", { text: "d" }))).toContain("closed for another 15 min");
    expect(await gate.store.requests({ states: ["pending"] })).toEqual([]);
    expect(gate.entries().filter(({ kind }) => kind === "call.denied")).toMatchObject([
      { why: { detail: expect.stringContaining("denied three times") } },
    ]);
    const poke = gate.call("hand_poke", { text: "a" });
    await gate.answer(await gate.waitFor("pending"));
    expect(said(await poke)).toBe("done");
  });

  test("also when nobody waited for the denials any more", async () => {
    await opened({ rules: "", wait: "1s" });
    const calls = ["a", "b", "c"].map((text) => gate.call("hand_change", { text }));
    while ((await gate.store.requests({ states: ["pending"] })).length < 3)
      await new Promise((done) => setTimeout(done, 10));
    await Promise.all(calls);
    for (const request of await gate.store.requests({ states: ["pending"] })) await gate.answer(request, "deny");
    expect(said(await gate.call("hand_change", { text: "d" }))).toContain("closed for another");
  });
});

test("P2: a call asked about only for an unknown attempt must meet what `approvals:` demands when it runs", async () => {
  gate = await handGate({ people: ["aiko"], wait: "1s" });
  gate.state.answer = () => ({ status: "timeout" });
  await gate.call("hand_change", { text: "a" });
  gate.state.answer = () => ({ status: "ok", member: "result", text: '{"content":[{"type":"text","text":"done"}]}' });
  const call = gate.call("hand_change", { text: "a" });
  const request = await gate.waitFor("pending");
  expect(request.view.earlier).toBeDefined();
  await call;
  await gate.edit(() => gate.writeConfig("approvals: { need: 2 }"));
  await gate.answer(request);
  expect(said(await gate.call("kidoban_wait", { id: request.id }))).toContain("NOT EXECUTED");
  expect(gate.sent).toHaveLength(1);
});
