import { describe, expect, it } from "vitest";
import {
  exactArguments,
  judgePass,
  passBodyFault,
  passLeave,
  signPass,
  type Bound,
  type Pass,
  type PassBody,
  type PassRemarks,
  type PassUse,
} from "../../src/approval/pass.ts";
import { passFor } from "../../src/approval/pass-desk.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { ARGS, obligation, person, samplePass, sampleRequest, T0, type Person } from "./sample.ts";

const [aiko, ben, chie] = [person("aiko", "ops"), person("ben", "ops", "finance"), person("chie", "finance")];
const HOUR = 3_600_000;

const body = (more: Partial<PassBody> = {}): PassBody => samplePass({ until: T0 + HOUR, count: 10, ...more });
const dated = (more: Partial<PassBody> = {}) => body({ from: T0 + HOUR, until: T0 + 9 * HOUR, count: 200, ...more });
const within = (bounds: Readonly<Record<string, Bound>>): Partial<PassBody> => ({
  arguments: { kind: "within", bounds },
});

const signed = (of: PassBody, who: Person, at = T0 + 1000, remarks: PassRemarks = {}) =>
  signPass(passLeave(of, who.approver.name, at, remarks), who.key);
const pass = (of: PassBody, ...people: readonly Person[]): Pass => ({
  body: of,
  signatures: people.map((who, index) => signed(of, who, T0 + 1000 + index)),
  uses: 0,
});
const use = (more: Partial<PassUse> = {}): PassUse => ({
  config: "/etc/kidoban.yaml",
  agent: "worker",
  server: "files",
  endpoint: "npx files",
  kind: "tool",
  name: "write_file",
  definition: "00".repeat(32),
  args: ARGS,
  destructive: false,
  obligations: [obligation()],
  approvers: [aiko, ben, chie].map(({ approver }) => approver),
  now: T0 + 2000,
  ...more,
});
const judge = (given: Pass, more: Partial<PassUse> = {}) => {
  const verdict = judgePass(given, use(more));
  return verdict.counts ? verdict.signers.join() : verdict.why;
};

describe("a pass (P2)", () => {
  it("of one signer lets exactly these arguments through", () => {
    expect(judge(pass(body(), aiko))).toBe("aiko");
    expect(judge(pass(body(), aiko), { args: { ...ARGS, path: "b" } })).toBe("other-call");
    expect(judge(pass(body(), aiko), { args: { content: "hello\n", path: "docs/a.md" } })).toBe("aiko");
  });

  it("lets through what keeps within its bounds, every argument named", () => {
    const given = pass(
      body(within({ path: { glob: "docs/*.md" }, size: { min: 1, max: 9 }, mode: { is: ["a", 1] } })),
      aiko,
    );
    const args = { path: "docs/a.md", size: 9, mode: ["a", 1] };
    expect(judge(given, { args })).toBe("aiko");
    for (const other of [
      { ...args, path: "docs/../a.md" },
      { ...args, path: ["docs/a.md"] },
      { ...args, size: 10 },
      { ...args, size: "9" },
      { ...args, mode: ["a"] },
      { ...args, extra: 1 },
      { path: args.path, size: 1 },
      {},
      JSON.parse('{"path":"docs/a.md","size":1,"mode":["a",1],"__proto__":1}'),
    ] as JsonObject[])
      expect(judge(given, { args: other })).toBe("other-call");
  });

  it.each(["config", "agent", "server", "name"] as const)("is for no other %s", (part) => {
    expect(judge(pass(body(), aiko), { [part]: "other" })).toBe("other-call");
  });

  it("counts no more when definition, endpoint or harm changed", () => {
    expect(judge(pass(body(), aiko), { definition: "11".repeat(32) })).toBe("changed");
    expect(judge(pass(body(), aiko), { endpoint: "npx evil" })).toBe("changed");
    expect(judge(pass(body(), aiko), { destructive: true })).toBe("destructive");
  });

  it("holds in its time alone, as often as it says, and not after it was revoked", () => {
    const given = pass(body(), aiko);
    expect(judge(given, { now: T0 - 1 })).toBe("not-yet");
    expect(judge(given, { now: T0 + HOUR })).toBe("aiko");
    expect(judge(given, { now: T0 + HOUR + 1 })).toBe("over");
    expect(judge({ ...given, uses: 9 })).toBe("aiko");
    expect(judge({ ...given, uses: 10 })).toBe("used-up");
    expect(judge({ ...given, revokedAt: T0 })).toBe("revoked");
  });

  it("may not be longer or for more than an hour and ten calls, dated ones than a week and a thousand", () => {
    for (const more of [{ until: T0 + HOUR + 1 }, { count: 11 }, { count: 0 }, { until: T0 }, { from: T0 - 1 }])
      expect(passBodyFault(body(more))).toBe("terms");
    expect(passBodyFault(dated())).toBeUndefined();
    for (const more of [{ until: T0 + HOUR + 7 * 24 * HOUR + 1 }, { count: 1001 }])
      expect(passBodyFault(dated(more))).toBe("terms");
    for (const more of [
      { count: 1.5 },
      { reason: " " },
      { kind: "completion" } as const,
      within({ a: { glob: "*", is: 1 } }),
      within({ a: {} }),
      within({ a: { max: NaN } }),
      { arguments: { kind: "exact" as const, digest: "x" } },
    ])
      expect(passBodyFault(body(more))).toBe("malformed");
  });
});

describe("who signed a pass counts as the rules are now (P2)", () => {
  it("as many as they demand, of the groups they name", () => {
    const two = { obligations: [obligation({ need: 2 })] };
    expect(judge(pass(body(), aiko), two)).toBe("signers");
    expect(judge(pass(body(), aiko, ben), two)).toBe("aiko,ben");
    const finance = { obligations: [obligation(), obligation({ rule: "money", from: ["finance"] })] };
    expect(judge(pass(body(), aiko), finance)).toBe("signers");
    expect(judge(pass(body(), ben), finance)).toBe("ben");
    expect(judge(pass(body(), aiko), { obligations: [obligation({ except: ["aiko"] })] })).toBe("signers");
    expect(judge(pass(body(), aiko), { obligations: [] })).toBe("signers");
    expect(judge(pass(body(), aiko), { obligations: [obligation({ assurance: "verified" })] })).toBe("signers");
  });

  it("in the order of stages, and without those whom escalation would let in", () => {
    const stages = { obligations: [obligation({ from: ["ops"], later: [{ from: ["finance"], need: 1 }] })] };
    expect(judge(pass(body(), aiko, chie), stages)).toBe("aiko,chie");
    expect(judge(pass(body(), chie, aiko), stages)).toBe("signers");
    const late = { obligations: [obligation({ from: ["ops"], escalate: [{ afterMs: 0, to: ["finance"] }] })] };
    expect(judge(pass(body(), chie), late)).toBe("signers");
  });

  it("with a ticket that fits", () => {
    const of = body();
    const ticketed = (ticket: string): Pass => ({ ...pass(of), signatures: [signed(of, aiko, T0, { ticket })] });
    const obligations = [obligation({ ticket: "OPS-*" })];
    expect(judge(ticketed("OPS-1"), { obligations })).toBe("aiko");
    expect(judge(ticketed("X-1"), { obligations })).toBe("signers");
    expect(judge(pass(of, aiko), { obligations })).toBe("signers");
  });

  it("none who was removed, has another key now, or is no approver any more (P12)", () => {
    const given = pass(body(), aiko);
    expect(judge(given, { approvers: [ben.approver] })).toBe("signers");
    expect(judge(given, { approvers: [person("aiko", "ops").approver] })).toBe("signers");
    expect(judge(given, { approvers: [{ ...aiko.approver, roles: ["auditor"] }] })).toBe("signers");
  });

  it("nobody twice, and nobody for something else than was signed", () => {
    const of = body();
    const two = { obligations: [obligation({ need: 2 })] };
    expect(judge({ ...pass(of), signatures: [signed(of, aiko), signed(of, aiko, T0 + 5)] }, two)).toBe("signers");
    for (const more of [{ count: 9 }, { until: T0 + 10 * 60_000 }, { agent: "other" }, within({})])
      expect(judge({ ...pass(of), signatures: [signed(body(more), aiko)] })).toBe("signers");
    const copied = { ...signed(of, aiko), approver: "ben" };
    expect(judge({ ...pass(of), signatures: [copied] })).toBe("signers");
    expect(judge({ ...pass(of), signatures: [{ ...signed(of, aiko), assurance: "verified" }] })).toBe("signers");
    expect(judge({ ...pass(of), signatures: [{ ...signed(of, aiko), ticket: "OPS-1" }] })).toBe("signers");
  });

  it("a dated one needs two, both before it begins, whatever the rules say", () => {
    const of = dated();
    const now = T0 + 2 * HOUR;
    expect(judge(pass(of, aiko), { now })).toBe("signers");
    expect(judge(pass(of, aiko, ben), { now })).toBe("aiko,ben");
    expect(judge(pass(of, aiko, ben))).toBe("not-yet");
    const late = { ...pass(of), signatures: [signed(of, aiko), signed(of, ben, T0 + HOUR)] };
    expect(judge(late, { now })).toBe("signers");
  });
});

describe("a pass from a request", () => {
  const terms = { pass: "p2", issuedAt: T0, from: T0, until: T0 + 1_800_000, count: 5, reason: "the same again" };
  it("is for exactly what was shown", () => {
    const made = passFor(sampleRequest({ destructive: false }), "/etc/kidoban.yaml", terms);
    expect(made).toMatchObject({ agent: "docs-writer", server: "files", arguments: exactArguments(ARGS), count: 5 });
    expect(made && passBodyFault(made)).toBeUndefined();
  });
  it("is none for what can destroy, or was tried with an unknown outcome (P2, P5)", () => {
    expect(passFor(sampleRequest({ destructive: true }), "/c", terms)).toBeUndefined();
    const request = sampleRequest({ destructive: false });
    const view = { ...request.view, earlier: { call: "c", at: T0 } };
    expect(passFor({ ...request, view }, "/c", terms)).toBeUndefined();
  });
});
