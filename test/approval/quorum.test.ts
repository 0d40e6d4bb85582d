import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quorum } from "../../src/approval/quorum.ts";
import type { Statement } from "../../src/approval/statement.ts";
import type { Obligation } from "../../src/policy/call.ts";
import { obligation, person, sampleRequest, says, T0, type Person } from "./sample.ts";

const aiko = person("aiko", "ops");
const ben = person("ben", "ops", "finance");
const chie = person("chie", "finance");
const everyone = [aiko, ben, chie];
const approvers = everyone.map(({ approver }) => approver);
const NOW = T0 + 10_000;

const asking = (...obligations: readonly Obligation[]) => sampleRequest({ obligations });
const judge = (request: ReturnType<typeof asking>, statements: readonly Statement[], known = approvers) =>
  quorum(request, statements, known, NOW);

describe("a quorum", () => {
  it("of one is met by one approver, and says when", () => {
    const request = asking(obligation());
    expect(judge(request, [])).toEqual({
      state: "open",
      approvers: [],
      missing: [{ rule: "approvals", need: 1, from: [], assurance: "operator" }],
    });
    expect(judge(request, [says(aiko, request, "approve", T0 + 7)])).toEqual({
      state: "met",
      approvers: ["aiko"],
      metAt: T0 + 7,
    });
  });

  it("of each settling rule must be met (P2)", () => {
    const request = asking(
      obligation({ rule: "money", from: ["finance"], need: 2 }),
      obligation({ rule: "ops", from: ["ops"] }),
    );
    const state = (...people: readonly Person[]) =>
      judge(
        request,
        people.map((who, index) => says(who, request, "approve", T0 + index)),
      ).state;
    expect(state(aiko, chie)).toBe("open");
    expect(state(chie, aiko)).toBe("open");
    expect(state(ben, chie)).toBe("met");
    expect(judge(request, [says(chie, request, "approve")])).toMatchObject({
      missing: [
        { rule: "money", need: 1 },
        { rule: "ops", need: 1 },
      ],
    });
  });

  it("is met at the time of the last answer that was needed, not of a later one", () => {
    const request = asking(obligation({ need: 2 }));
    const statements = [
      says(chie, request, "approve", T0 + 9),
      says(aiko, request, "approve", T0 + 1),
      says(ben, request, "approve", T0 + 5),
    ];
    expect(judge(request, statements)).toMatchObject({ state: "met", metAt: T0 + 5 });
  });

  it("is counted among the groups of now, not of when the answer was given (P2)", () => {
    const request = asking(obligation({ from: ["finance"] }));
    const statements = [says(chie, request, "approve")];
    expect(judge(request, statements).state).toBe("met");
    expect(judge(request, statements, [{ ...chie.approver, groups: [] }]).state).toBe("open");
  });

  it("without any obligation is never met (P11)", () => {
    const request = asking();
    expect(judge(request, [says(aiko, request, "approve")]).state).toBe("open");
  });

  it("of nobody is never met, should a row say so (P11)", () => {
    expect(judge(asking(obligation({ need: 0 })), []).state).toBe("open");
  });

  it("that asks for a passkey is not met by keys (P2)", () => {
    const request = asking(obligation({ assurance: "verified" }));
    const claimed = { ...says(aiko, request, "approve"), assurance: "verified" } as const;
    expect(judge(request, [says(aiko, request, "approve"), claimed]).state).toBe("open");
  });

  it("content with the client is met by an approver's key as well, but by nobody's word in the store (P7)", () => {
    const request = asking(obligation({ assurance: "client" }));
    expect(judge(request, [{ ...says(aiko, request, "approve"), assurance: "client" }]).state).toBe("open");
    expect(judge(request, [says(aiko, request, "approve")]).state).toBe("met");
  });
});

describe("one person is one person (P2)", () => {
  const request = asking(obligation({ need: 2 }));

  it("with the same answer twice", () => {
    expect(judge(request, [says(aiko, request, "approve", T0 + 1), says(aiko, request, "approve", T0 + 2)]).state).toBe(
      "open",
    );
  });

  it("with two names and one key", () => {
    const alias: Person = { approver: { ...aiko.approver, name: "aiko-2" }, key: aiko.key };
    const statements = [says(aiko, request, "approve"), says(alias, request, "approve")];
    expect(judge(request, statements, [...approvers, alias.approver]).state).toBe("open");
  });

  it("with one name and two keys", () => {
    const second: Person = { ...person("aiko"), approver: { ...person("aiko").approver, name: "aiko" } };
    const rekeyed: Person = person("aiko");
    const known = [...approvers, rekeyed.approver, second.approver];
    const statements = [says(aiko, request, "approve"), says(rekeyed, request, "approve")];
    expect(judge(request, statements, known).state).toBe("open");
  });
});

describe("a denial (P2)", () => {
  const request = asking(obligation());

  it("ends it, before or after an approval, from any approver", () => {
    const no = says(chie, request, "deny", T0 + 5, "not today");
    const yes = says(aiko, request, "approve", T0 + 6);
    for (const statements of [[no], [no, yes], [yes, no]]) {
      expect(judge(request, statements)).toEqual({ state: "denied", by: "chie", comment: "not today" });
    }
  });

  it("after one's own approval ends it too", () => {
    expect(judge(request, [says(aiko, request, "approve", T0), says(aiko, request, "deny", T0 + 1)]).state).toBe(
      "denied",
    );
  });

  it("forged, or of somebody unknown, ends nothing", () => {
    const stranger = person("mallory");
    const forged = { ...says(aiko, request, "approve"), body: { ...says(aiko, request, "deny").body } };
    expect(judge(request, [forged, says(stranger, request, "deny")]).state).toBe("open");
  });
});

describe("time", () => {
  const request = asking(obligation());

  it("an answer from the future does not count yet, so that it prolongs no approval (P2)", () => {
    const early = says(aiko, request, "approve", NOW + 60_001);
    expect(judge(request, [early]).state).toBe("open");
    expect(quorum(request, [early], approvers, NOW + 1).state).toBe("met");
  });
});

describe("in general", () => {
  const anything = fc.record({
    who: fc.constantFrom(...everyone),
    answer: fc.constantFrom("approve" as const, "deny" as const),
    at: fc.integer({ min: T0, max: T0 + 5000 }),
  });
  const terms = fc.record({
    from: fc.subarray(["ops", "finance"]),
    need: fc.integer({ min: 1, max: 3 }),
  });

  it("agrees with a naive count, and the order of statements never matters", () => {
    fc.assert(
      fc.property(
        fc.array(anything, { maxLength: 4 }),
        fc.array(terms, { minLength: 1, maxLength: 2 }),
        (answers, list) => {
          const request = asking(...list.map((one) => obligation(one)));
          const statements = answers.map(({ who, answer, at }) => says(who, request, answer, at));
          const verdict = judge(request, statements).state;
          expect(judge(request, statements.toReversed()).state).toBe(verdict);
          const met = list.every(({ from, need }) => {
            const counted = everyone.filter(
              (who) =>
                answers.some((one) => one.who === who && one.answer === "approve") &&
                (from.length === 0 || from.some((group) => who.approver.groups.includes(group))),
            );
            return counted.length >= need;
          });
          const denied = answers.some(({ answer }) => answer === "deny");
          expect(verdict).toBe(denied ? "denied" : met ? "met" : "open");
        },
      ),
      { numRuns: 150 },
    );
  });

  it("more denials or fewer approvals never loosen it (P11)", () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), terms, anything, (answers, one, more) => {
        const request = asking(obligation(one));
        const statements = answers.map(({ who, answer, at }) => says(who, request, answer, at));
        if (judge(request, statements).state === "met") return;
        const denial = says(more.who, request, "deny", more.at);
        expect(judge(request, [...statements, denial]).state).not.toBe("met");
        expect(judge(request, statements.slice(1)).state === "met" && !answers.some((a) => a.answer === "deny")).toBe(
          false,
        );
      }),
      { numRuns: 100 },
    );
  });
});
