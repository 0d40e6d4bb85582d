/** Approvals in turn: stages, deputies, escalation, separation of duties, tickets, questions back, broken glass. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Approver, Away } from "../../src/approval/approver.ts";
import { quorum } from "../../src/approval/quorum.ts";
import { signStatement, statementBody, type AnswerWord, type Remarks } from "../../src/approval/statement.ts";
import type { Obligation } from "../../src/policy/call.ts";
import { authenticator, holder, taps } from "./authenticator.ts";
import { obligation, person, sampleRequest, T0, type Person } from "./sample.ts";

const aiko = person("aiko", "ops");
const ben = person("ben", "ops", "finance");
const chie = person("chie", "finance");
const dan = person("dan", "oncall");
const everyone = [aiko, ben, chie, dan];
const approvers = everyone.map(({ approver }) => approver);
const NOW = T0 + 600_000;

const asking = (...obligations: readonly Obligation[]) => sampleRequest({ obligations });
type Asking = ReturnType<typeof asking>;

/** `at`: seconds after the opening. */
const says = (who: Person, request: Asking, answer: AnswerWord, at: number, remarks: Remarks = {}) =>
  signStatement(statementBody(request, answer, who.approver.name, T0 + at * 1000, remarks), who.key);
const judge = (
  request: Asking,
  statements: Parameters<typeof quorum>[1],
  known: readonly Approver[] = approvers,
  now = NOW,
) => quorum(request, statements, known, now);
const away = (who: Person, deputy: Person, from = T0, until = NOW): Approver => ({
  ...who.approver,
  away: [{ from, until, deputy: deputy.approver.name }] satisfies readonly Away[],
});
const instead = (one: Approver, list: readonly Approver[] = approvers): readonly Approver[] =>
  list.map((each) => (each.name === one.name ? one : each));

describe("stages (P2)", () => {
  const request = asking(obligation({ from: ["ops"], later: [{ from: ["finance"], need: 1 }] }));

  it("are met in their order, and say which is open", () => {
    expect(judge(request, [])).toMatchObject({ missing: [{ from: ["ops"], stage: { number: 1, of: 2 } }] });
    const first = says(aiko, request, "approve", 1);
    expect(judge(request, [first])).toMatchObject({
      state: "open",
      approvers: ["aiko"],
      missing: [{ from: ["finance"], need: 1, stage: { number: 2, of: 2 } }],
    });
    const second = says(chie, request, "approve", 2);
    expect(judge(request, [second, first])).toEqual({ state: "met", approvers: ["aiko", "chie"], metAt: T0 + 2000 });
  });

  it("take no answer from before the stage before was met, nor from the same instant", () => {
    const first = says(aiko, request, "approve", 5);
    for (const at of [4, 5]) {
      expect(judge(request, [first, says(chie, request, "approve", at)])).toMatchObject({
        state: "open",
        approvers: ["aiko"],
      });
    }
  });

  it("have nobody in two of them, whatever groups they are in", () => {
    expect(judge(request, [says(ben, request, "approve", 1)])).toMatchObject({ state: "open" });
    const twice = [says(ben, request, "approve", 1), says(ben, request, "approve", 2)];
    expect(judge(request, twice)).toMatchObject({ state: "open", missing: [{ stage: { number: 2 } }] });
    expect(judge(request, [...twice, says(chie, request, "approve", 3)]).state).toBe("met");
  });

  it("have nobody in two of them by a deputy", () => {
    const known = instead(away(ben, dan));
    const first = says(ben, request, "approve", 1);
    expect(judge(request, [first, says(dan, request, "approve", 2, { standsFor: "ben" })], known).state).toBe("open");
    expect(
      judge(request, [says(aiko, request, "approve", 1), says(dan, request, "approve", 2, { standsFor: "ben" })], known)
        .state,
    ).toBe("met");
  });

  it("need all their people before the next begins", () => {
    const two = asking(obligation({ from: ["ops"], need: 2, later: [{ from: [], need: 1 }] }));
    const answers = [says(aiko, two, "approve", 1), says(dan, two, "approve", 2), says(ben, two, "approve", 3)];
    expect(judge(two, answers).state).toBe("open");
    expect(judge(two, [...answers, says(chie, two, "approve", 4)]).state).toBe("met");
  });

  it("end with a denial or a question at any of them, from anybody who may answer", () => {
    const first = says(aiko, request, "approve", 1);
    expect(judge(request, [first, says(dan, request, "deny", 2)])).toEqual({ state: "denied", by: "dan" });
    expect(judge(request, [first, says(chie, request, "return", 2, { comment: "which account?" })])).toEqual({
      state: "returned",
      by: "chie",
      comment: "which account?",
    });
  });

  it("of none are one: an empty list of further stages changes nothing", () => {
    const plain = asking(obligation({ later: [] }));
    expect(judge(plain, [says(dan, plain, "approve", 1)])).toEqual({
      state: "met",
      approvers: ["dan"],
      metAt: T0 + 1000,
    });
  });
});

describe("escalation (P2)", () => {
  const request = asking(obligation({ from: ["ops"], escalate: [{ afterMs: 60_000, to: ["oncall"] }] }));

  it("lets others in by the signed time, and never before", () => {
    expect(judge(request, [says(dan, request, "approve", 59)]).state).toBe("open");
    expect(judge(request, [says(dan, request, "approve", 60)]).state).toBe("met");
    expect(judge(request, [], approvers, T0 + 59_999)).toMatchObject({ missing: [{ from: ["ops"] }] });
    expect(judge(request, [], approvers, T0 + 60_000)).toMatchObject({ missing: [{ from: ["ops", "oncall"] }] });
  });

  it("is not reached by a time signed ahead of the clock", () => {
    const ahead = says(dan, request, "approve", 60);
    expect(judge(request, [ahead], approvers, T0 + 10_000).state).toBe("open");
    expect(judge(request, [ahead], approvers, T0 + 60_000).state).toBe("met");
  });

  it("is not reached by a row that says it was opened earlier", () => {
    expect(judge({ ...request, openedAt: 0 }, [says(dan, request, "approve", 10)]).state).toBe("open");
  });

  it("never ends in a yes by itself: silence expires", () => {
    expect(judge(request, [], approvers, NOW * 2).state).toBe("open");
  });
});

describe("separation of duties (P2)", () => {
  const request = asking(obligation({ except: ["aiko"] }));

  it("keeps the agent's owner out, in person, by a deputy and as somebody's deputy", () => {
    const known = instead(away(aiko, dan), instead(away(chie, aiko)));
    expect(judge(request, [says(aiko, request, "approve", 1)], known).state).toBe("open");
    expect(judge(request, [says(dan, request, "approve", 1, { standsFor: "aiko" })], known).state).toBe("open");
    expect(judge(request, [says(aiko, request, "approve", 1, { standsFor: "chie" })], known).state).toBe("open");
    expect(judge(request, [says(dan, request, "approve", 1)], known).state).toBe("met");
  });

  it("keeps them out with any of their keys", () => {
    const second = holder("aiko");
    const known = instead({ ...aiko.approver, passkeys: [second.authenticator.passkey] });
    expect(judge(request, [taps(second, request, "approve")], known).state).toBe("open");
  });

  it("holds when they break the glass; and they may still say no", () => {
    const open = asking(obligation({ except: ["aiko"], breakGlass: ["ops"] }));
    expect(judge(open, [says(aiko, open, "break-glass", 1, { comment: "fire" })]).state).toBe("open");
    expect(judge(open, [says(ben, open, "break-glass", 1, { comment: "fire" })]).state).toBe("met");
    expect(judge(request, [says(aiko, request, "deny", 1)]).state).toBe("denied");
  });
});

describe("deputies (P2)", () => {
  const request = asking(obligation({ from: ["finance"] }));
  const forChie = (at: number) => says(dan, request, "approve", at, { standsFor: "chie" });

  it("answer in somebody's place from the first day until before the last", () => {
    const known = instead(away(chie, dan, T0 + 10_000, T0 + 20_000));
    for (const [at, state] of [
      [9.999, "open"],
      [10, "met"],
      [19.999, "met"],
      [20, "open"],
    ] as const)
      expect(judge(request, [forChie(at)], known).state, String(at)).toBe(state);
  });

  it("cannot date an answer back to when they were one", () => {
    const known = instead(away(chie, dan, T0 - 86_400_000, T0 - 60_001));
    expect(judge(request, [forChie(-100)], known).state).toBe("open");
    expect(judge(request, [forChie(-60.001)], known).state).toBe("open");
  });

  it("answer for nobody else, and nobody else for them", () => {
    const known = instead(away(chie, dan));
    expect(judge(request, [says(dan, request, "approve", 1)], known).state).toBe("open");
    expect(judge(request, [says(aiko, request, "approve", 1, { standsFor: "chie" })], known).state).toBe("open");
    expect(judge(request, [says(dan, request, "approve", 1, { standsFor: "ben" })], known).state).toBe("open");
    expect(judge(request, [says(dan, request, "approve", 1, { standsFor: "nobody" })], known).state).toBe("open");
  });

  it("are no second person beside the one they stand for", () => {
    const two = asking(obligation({ need: 2 }));
    const known = instead(away(chie, dan));
    const both = [says(chie, two, "approve", 1), says(dan, two, "approve", 2, { standsFor: "chie" })];
    expect(judge(two, both, known)).toMatchObject({ state: "open", approvers: ["chie"] });
    const own = [says(dan, two, "approve", 1), says(dan, two, "approve", 2, { standsFor: "chie" })];
    expect(judge(two, own, known)).toMatchObject({ state: "open", approvers: ["dan"] });
  });

  it("stand in for no auditor, and an auditor stands in for nobody", () => {
    const auditor: Approver = { ...away(chie, dan), roles: ["auditor"] };
    expect(judge(request, [forChie(1)], instead(auditor)).state).toBe("open");
    const known = instead({ ...dan.approver, roles: ["auditor"] }, instead(away(chie, dan)));
    expect(judge(request, [forChie(1)], known).state).toBe("open");
  });
});

describe("a ticket (P2)", () => {
  const request = asking(obligation({ ticket: "OPS-*" }));
  it.each([
    ["OPS-1", "met"],
    ["OPS-", "met"],
    [undefined, "open"],
    ["", "open"],
    ["ops-1", "open"],
    ["XOPS-1", "open"],
    ["OPS-1 2", "open"],
    ["OPS-1\n", "open"],
    ["OPS-１", "open"],
    [`OPS-${"1".repeat(200)}`, "open"],
  ])("%j leaves the request %s", (ticket, state) => {
    const statement = says(aiko, request, "approve", 1, ticket === undefined ? {} : { ticket });
    expect(judge(request, [statement]).state).toBe(state);
  });
});

describe("breaking the glass (P2)", () => {
  const fire = { comment: "the site is down" };
  const request = asking(
    obligation({ from: ["finance"], need: 2, breakGlass: ["oncall", "ops"] }),
    obligation({
      rule: "money",
      from: ["finance"],
      ticket: "OPS-*",
      later: [{ from: ["ops"], need: 1 }],
      breakGlass: ["oncall"],
    }),
  );

  it("is one person's, whom every rule names, and says so", () => {
    expect(judge(request, [says(dan, request, "break-glass", 1, fire)])).toEqual({
      state: "met",
      approvers: ["dan"],
      metAt: T0 + 1000,
      brokenBy: "dan",
    });
    expect(judge(request, [says(aiko, request, "break-glass", 1, fire)]).state).toBe("open");
  });

  it("is nobody's where one rule names nobody", () => {
    const closed = asking(...request.obligations, obligation({ rule: "other" }));
    expect(judge(closed, [says(dan, closed, "break-glass", 1, fire)]).state).toBe("open");
    const none = asking();
    expect(judge(none, [says(dan, none, "break-glass", 1, fire)]).state).toBe("open");
  });

  it("needs a reason, and not one of blanks", () => {
    for (const comment of [undefined, "", "  \n"])
      expect(
        judge(request, [says(dan, request, "break-glass", 1, comment === undefined ? {} : { comment })]).state,
      ).toBe("open");
  });

  it("needs the proof that the rules need", () => {
    const verified = asking(obligation({ assurance: "verified", breakGlass: ["oncall"] }));
    expect(judge(verified, [says(dan, verified, "break-glass", 1, fire)]).state).toBe("open");
    const tapped = holder("dan", "oncall");
    expect(judge(verified, [taps(tapped, verified, "break-glass", fire)], instead(tapped.approver)).state).toBe("met");
  });

  it("is no deputy's right, loses to a denial, and is no plain approval", () => {
    const known = instead(away(dan, aiko));
    expect(judge(request, [says(aiko, request, "break-glass", 1, { ...fire, standsFor: "dan" })], known).state).toBe(
      "open",
    );
    const broken = says(dan, request, "break-glass", 1, fire);
    expect(judge(request, [broken, says(chie, request, "deny", 2)]).state).toBe("denied");
    expect(judge(request, [says(dan, request, "approve", 1, fire)]).state).toBe("open");
    expect(judge(request, [{ ...broken, body: { ...broken.body, answer: "approve" } }]).state).toBe("open");
  });
});

describe("in general", () => {
  const words = ["approve", "approve", "approve", "deny", "return", "break-glass"] as const;
  const tapper = authenticator();
  const known: readonly Approver[] = instead(
    { ...away(chie, dan), passkeys: [tapper.passkey] },
    instead({ ...aiko.approver, roles: ["approver"] }),
  );
  const given = fc.record({
    who: fc.constantFrom(...everyone),
    word: fc.constantFrom(...words),
    at: fc.integer({ min: 0, max: 100 }),
    ticket: fc.constantFrom("OPS-1", undefined),
    standsFor: fc.constantFrom("chie", undefined, undefined),
  });
  const groups = fc.subarray(["ops", "finance", "oncall"]);
  const terms = fc
    .record(
      {
        from: groups,
        need: fc.integer({ min: 1, max: 2 }),
        later: fc.array(fc.record({ from: groups, need: fc.constant(1) }), { minLength: 1, maxLength: 2 }),
        except: fc.constant(["aiko"]),
        ticket: fc.constant("OPS-*"),
        breakGlass: groups,
        escalate: fc.constant([{ afterMs: 50_000, to: ["oncall"] }]),
      },
      { requiredKeys: ["from", "need"] },
    )
    .map((more) => obligation(more));
  const made = (request: Asking, answers: readonly (typeof given extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const firsts = new Map(answers.map((each) => [`${each.who.approver.name} ${each.word}`, each]));
    return [...firsts.values()].map(({ who, word, at, ticket, standsFor }) =>
      says(who, request, word, at, {
        comment: "why",
        ...(ticket === undefined ? {} : { ticket }),
        ...(standsFor === undefined ? {} : { standsFor }),
      }),
    );
  };
  const some = fc.array(given, { maxLength: 6 });
  const lists = fc.array(terms, { minLength: 1, maxLength: 3 });

  it("the order of statements never matters, and to have one twice is to have it once (P2)", () => {
    fc.assert(
      fc.property(some, lists, fc.infiniteStream(fc.nat()), (answers, list, dice) => {
        const request = asking(...list);
        const statements = made(request, answers);
        const shuffled = statements
          .map((each) => ({ each, by: dice.next().value as number }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ each }) => each);
        const verdict = judge(request, statements, known);
        expect(judge(request, shuffled, known)).toEqual(verdict);
        expect(judge(request, [...shuffled, ...statements], known)).toEqual(verdict);
      }),
      { numRuns: 150 },
    );
  });

  it("one more statement never makes a denied request anything else (P2)", () => {
    fc.assert(
      fc.property(some, given, lists, (answers, more, list) => {
        const request = asking(...list);
        const statements = [...made(request, answers), says(ben, request, "deny", 1)];
        expect(judge(request, statements, known).state).toBe("denied");
        expect(judge(request, [...statements, ...made(request, [more])], known).state).toBe("denied");
      }),
      { numRuns: 100 },
    );
  });

  it("an approver less, and an obligation more, never meets what was open (P2, P12)", () => {
    let met = 0;
    fc.assert(
      fc.property(some, lists, terms, fc.constantFrom(...everyone), (answers, list, more, gone) => {
        const request = asking(...list);
        const statements = made(
          request,
          answers.filter(({ word }) => word === "approve" || word === "break-glass"),
        );
        const verdict = judge(request, statements, known);
        if (verdict.state === "met") met++;
        else {
          const fewer = known.filter(({ name }) => name !== gone.approver.name);
          expect(judge(request, statements, fewer).state).toBe("open");
          expect(judge({ ...request, obligations: [...list, more] }, statements, known).state).toBe("open");
        }
      }),
      { numRuns: 1000 },
    );
    expect(met).toBeGreaterThan(20);
  });

  it("nobody is counted who did not approve, and nobody twice (P2)", () => {
    fc.assert(
      fc.property(some, lists, (answers, list) => {
        const request = asking(...list);
        const statements = made(request, answers);
        const verdict = judge(request, statements, known);
        if (verdict.state !== "met" && verdict.state !== "open") return;
        const said = statements.filter(({ body }) => body.answer === "approve" || body.answer === "break-glass");
        const names = new Set(said.map(({ body }) => body.approver));
        expect(new Set(verdict.approvers).size).toBe(verdict.approvers.length);
        for (const name of verdict.approvers) expect(names).toContain(name);
      }),
      { numRuns: 150 },
    );
  });
});
