/** Calls that a pass lets through, and those that it does not. */

import { afterEach, describe, expect, test } from "vitest";
import { definitionDigest } from "../../src/approval/definition.ts";
import {
  exactArguments,
  passLeave,
  signPass,
  verifyPassSignature,
  type PassBody,
  type PassSignature,
} from "../../src/approval/pass.ts";
import { keyText } from "../../src/approval/signature.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { handGate, said, TOOLS, type Hand } from "./hand.ts";

let gate: Hand;
afterEach(() => gate.close());

const ASK = "  - { id: ask, effect: ask, match: [hand/change] }";
const HOUR = 3_600_000;

async function opened(options: Parameters<typeof handGate>[0] = {}): Promise<Hand> {
  gate = await handGate({ rules: ASK, people: ["aiko"], wait: "1s", ...options });
  return gate;
}

function body(more: Partial<PassBody> = {}): PassBody {
  const now = Date.now();
  return {
    v: 1,
    pass: "p1",
    config: gate.config,
    agent: "worker",
    server: "hand",
    endpoint: "node server.mjs",
    kind: "tool",
    name: "change",
    definition: definitionDigest(TOOLS[1] ?? {}),
    arguments: exactArguments({ text: "a" }),
    issuedAt: now,
    from: now,
    until: now + HOUR,
    count: 2,
    reason: "the same again",
    ...more,
  };
}
const signed = (of: PassBody, by = "tester", at = Date.now()): PassSignature =>
  signPass(passLeave(of, by, at), gate.keyOf(by));
async function give(of: PassBody, ...signatures: readonly PassSignature[]): Promise<void> {
  const [first, ...others] = signatures;
  if (first === undefined || !(await gate.store.addPass(of, first, Date.now()))) throw new Error("not added");
  for (const signature of others) await gate.store.signPass(of.pass, signature);
}
const change = async (args: JsonObject = { text: "a" }): Promise<string> => said(await gate.call("hand_change", args));
const used = () => gate.entries().filter(({ kind }) => kind === "pass.used");
const refusals = () =>
  gate
    .entries()
    .filter(({ kind }) => kind === "pass.refused")
    .map(({ reason }) => reason);
const isAsked = async (call: Promise<string>): Promise<void> => {
  expect(await call).toContain("needs a human's approval");
  expect(gate.sent).toEqual([]);
};

describe("a pass", () => {
  test("lets its calls through as often as it says, each on record before it is sent (P2, P4)", async () => {
    await opened();
    const of = body();
    await give(of, signed(of));
    const seen: number[] = [];
    gate.state.answer = () => {
      seen.push(used().length);
      return { status: "ok", member: "result", text: '{"content":[{"type":"text","text":"done"}]}' };
    };
    expect([await change(), await change()]).toEqual(["done", "done"]);
    expect(seen).toEqual([1, 2]);
    expect(used()).toMatchObject([
      { pass: "p1", use: 1, signers: ["tester"] },
      { pass: "p1", use: 2, signers: ["tester"] },
    ]);
    const intents = gate.entries().filter(({ kind }) => kind === "call.intent");
    expect(intents.map(({ call }) => call)).toEqual(used().map(({ call }) => call));
    expect(await change()).toContain("needs a human's approval");
    expect(gate.sent).toHaveLength(2);
  });

  test("of ten parallel calls lets no more through than it says (P2)", async () => {
    await opened();
    const of = body({ count: 3 });
    await give(of, signed(of));
    await Promise.all(Array.from({ length: 10 }, () => change()));
    expect(gate.sent).toHaveLength(3);
    expect(used().map(({ use }) => use)).toEqual([1, 2, 3]);
  });

  test("lets nothing through that is out of its bounds (P2)", async () => {
    await opened();
    const of = body({ arguments: { kind: "within", bounds: { text: { glob: "a*" } } } });
    await give(of, signed(of));
    await isAsked(change({ text: "b" }));
    await isAsked(change({ text: "a/../b" }));
    expect(refusals()).toEqual([]);
    expect(await change({ text: "abc" })).toBe("done");
  });

  test("is no reason to run again what waits to be approved", async () => {
    await opened();
    await isAsked(change());
    const of = body();
    await give(of, signed(of));
    await isAsked(change());
    await gate.answer(await gate.waitFor("pending"));
    expect(await change()).toBe("done");
    expect(gate.sent).toHaveLength(1);
    expect(used()).toEqual([]);
  });

  test("lets nothing through after an attempt whose outcome nobody knows, until a human has (P5)", async () => {
    await opened();
    const of = body();
    await give(of, signed(of));
    gate.state.answer = () => ({ status: "timeout" });
    expect(await change()).toContain("OUTCOME UNKNOWN");
    gate.state.answer = () => ({ status: "ok", member: "result", text: '{"content":[{"type":"text","text":"done"}]}' });
    expect(await change()).toContain("needs a human's approval");
    expect(refusals()).toEqual(["unknown-before"]);
    await gate.answer(await gate.waitFor("pending"));
    expect(await change()).toBe("done");
    expect(await change()).toBe("done");
    expect(used()).toHaveLength(2);
  });

  test("is for no tool that can destroy (P2)", async () => {
    await opened({ destructive: true });
    const of = body();
    await give(of, signed(of));
    await isAsked(change());
    expect(refusals()).toEqual(["destructive"]);
  });
});

describe("what a pass needs is counted at each use (P2, P12)", () => {
  test("signatures of as many as the rules demand now", async () => {
    await opened({ rules: "  - { id: ask, effect: ask, match: [hand/change], approval: { need: 2 } }" });
    const of = body({ arguments: { kind: "within", bounds: { text: { glob: "*" } } } });
    await give(of, signed(of));
    await isAsked(change());
    expect(refusals()).toEqual(["signers"]);
    await gate.store.signPass("p1", signed(of, "aiko"));
    expect(await change({ text: "b" })).toBe("done");
  });

  test("two signers beforehand for a dated one", async () => {
    await opened();
    const now = Date.now();
    const of = body({ issuedAt: now - 7_200_000, from: now - HOUR, until: now + HOUR });
    await give(of, signed(of, "tester", now - 7_000_000));
    await isAsked(change());
    expect(refusals()).toEqual(["signers"]);
  });

  test("and is enough with them", async () => {
    await opened();
    const now = Date.now();
    const of = body({ issuedAt: now - 7_200_000, from: now - HOUR, until: now + HOUR });
    await give(of, signed(of, "tester", now - 7_000_000), signed(of, "aiko", now - 6_000_000));
    expect(await change()).toBe("done");
  });

  test("approvers who are still there", async () => {
    await opened();
    const of = body();
    await give(of, signed(of, "aiko"));
    await gate.edit(() => gate.removePerson("aiko"));
    await isAsked(change());
    expect(refusals()).toEqual(["signers"]);
  });

  test("a rule that became stricter meanwhile", async () => {
    await opened();
    const of = body();
    await give(of, signed(of));
    await gate.edit(() =>
      gate.writeManifest("  - { id: ask, effect: ask, match: [hand/change], approval: { need: 2 } }"),
    );
    await isAsked(change());
    expect(refusals()).toEqual(["signers"]);
  });

  test("the definition that was locked when it was given", async () => {
    await opened();
    const of = body({ definition: "00".repeat(32) });
    await give(of, signed(of));
    await isAsked(change());
    expect(refusals()).toEqual(["changed"]);
  });

  test("the configuration it was given for: another one's agent of the same name has none", async () => {
    await opened();
    const of = body({ config: "/elsewhere/kidoban.yaml" });
    await give(of, signed(of));
    await isAsked(change());
  });
});

describe("attack: a pass that was not given", () => {
  test("rows written by hand: a pass unsigned, widened, or signed for another", async () => {
    await opened();
    const of = body();
    const signature = signed(of);
    const asked = async (): Promise<void> => {
      await isAsked(change());
      const { id } = await gate.waitFor("pending");
      await gate.store.move(id, ["pending"], "withdrawn", Date.now());
    };
    await give(of, { ...signature, signature: signed(body({ count: 1 })).signature });
    await asked();
    await gate.tamper("UPDATE pass_signatures SET signature = ?", JSON.stringify(signature));
    await gate.tamper("UPDATE passes SET body = json_set(body, '$.count', 9)");
    await asked();
    const digest = "00".repeat(32);
    await gate.tamper("UPDATE passes SET body = json_set(body, '$.count', 2, '$.arguments.digest', ?)", digest);
    await asked();
    expect(refusals()).toEqual(["signers", "signers"]);
  });

  test("a later end in the store than the one that was signed (P2)", async () => {
    await opened();
    const now = Date.now();
    const of = body({ issuedAt: now - HOUR, from: now - HOUR, until: now - 1000 });
    await give(of, signed(of, "tester", now - HOUR));
    await gate.tamper(`UPDATE passes SET until = ${now + HOUR}`);
    await isAsked(change());
    expect(refusals()).toEqual(["over"]);
  });

  test("a use after it was revoked, or under a stop (P8)", async () => {
    await opened();
    const of = body();
    await give(of, signed(of));
    expect(await gate.store.revokePass("p1", "aiko", Date.now())).toBe(true);
    await isAsked(change());
    const next = body({ pass: "p2" });
    await give(next, signed(next));
    await gate.store.placeStop({ id: "s1", reason: "enough", by: "aiko", placedAt: Date.now() });
    const use = { id: "p2", agent: "worker", count: 2, until: next.until, call: "c", now: Date.now() };
    expect(await gate.store.usePass(use)).toEqual({ kind: "refused", why: "stopped" });
    expect(gate.sent).toEqual([]);
  });

  test("a revocation between the judgement and the sending", async () => {
    await opened({
      store: (store) => ({
        ...store,
        async usePass(use) {
          await store.revokePass(use.id, "aiko", use.now);
          return store.usePass(use);
        },
      }),
    });
    const of = body();
    await give(of, signed(of));
    await isAsked(change());
    expect(refusals()).toEqual(["revoked"]);
  });

  test("rules that change between the count and the sending: nothing is sent, and the use is spent", async () => {
    let now: (() => Promise<void>) | undefined;
    await opened({
      store: (store) => ({
        ...store,
        async usePass(use) {
          const answer = await store.usePass(use);
          await now?.();
          return answer;
        },
      }),
    });
    const of = body();
    await give(of, signed(of));
    now = () => gate.edit(() => gate.writeManifest("  - { id: no, effect: deny, match: [hand/change] }"));
    expect(await change()).toContain("NOT EXECUTED");
    expect(gate.sent).toEqual([]);
    expect((await gate.store.pass("p1"))?.uses).toBe(1);
  });

  test("a clock that is set back prolongs nothing (P2)", async () => {
    await opened();
    const of = body();
    await give(of, signed(of));
    const use = { id: "p1", agent: "worker", count: 9, until: of.until, call: "c" };
    expect((await gate.store.usePass({ ...use, now: of.until })).kind).toBe("used");
    expect(await gate.store.usePass({ ...use, until: of.until - 1, now: of.from })).toEqual({
      kind: "refused",
      why: "over",
    });
  });
});

const approver = (name: string) => ({ name, key: keyText(gate.keyOf(name)), groups: [] });

test("P6: an entry of a pass alone proves who gave it", async () => {
  await opened();
  const of = body();
  const signature = signed(of);
  expect(verifyPassSignature(of, signature, [approver("tester")])).toBe(true);
  expect(verifyPassSignature(of, signature, [approver("aiko")])).toBe(false);
  expect(verifyPassSignature({ ...of, count: 1 }, signature, [approver("tester")])).toBe(false);
});
