import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Approver } from "../../src/approval/approver.ts";
import { quorum } from "../../src/approval/quorum.ts";
import { signStatement, statementBody, type Remarks } from "../../src/approval/statement.ts";
import { turnOf, untimely } from "../../src/approval/turn.ts";
import type { Obligation } from "../../src/policy/call.ts";
import { holder, taps } from "./authenticator.ts";
import { obligation, person, sampleRequest, T0, type Person } from "./sample.ts";

const aiko = person("aiko", "ops");
const ben = person("ben", "ops", "finance");
const chie = person("chie", "finance");
const dan = person("dan", "oncall");
const everyone = [aiko, ben, chie, dan];
const approvers = everyone.map(({ approver }) => approver);
const NOW = T0 + 100_000;
const NOTHING = { approve: false, breakGlass: false, seats: [] };

const asking = (...obligations: readonly Obligation[]) => sampleRequest({ obligations });
const yes = (who: Person, request: ReturnType<typeof asking>, at = 1, remarks: Remarks = {}) =>
  signStatement(statementBody(request, "approve", who.approver.name, T0 + at * 1000, remarks), who.key);
const turn = (
  request: ReturnType<typeof asking>,
  who: Person,
  given = [] as ReturnType<typeof yes>[],
  known: readonly Approver[] = approvers,
) => turnOf(request, given, known, who.approver.name, NOW);

describe("whose turn it is (P2)", () => {
  const staged = asking(
    obligation(),
    obligation({ rule: "money", from: ["ops"], later: [{ from: ["finance"], need: 1 }] }),
  );

  it("is theirs whom the open stage asks, and not yet theirs whom a later one will", () => {
    expect(turn(staged, aiko).approve).toBe(true);
    // She would meet the floor now, and could not answer again when her stage comes.
    expect(turn(staged, chie).approve).toBe(false);
    expect(turn(staged, dan).approve).toBe(true);
    expect(turn(staged, chie, [yes(aiko, staged)]).approve).toBe(true);
    expect(turn(staged, dan, [yes(aiko, staged)]).approve).toBe(false);
  });

  it("is theirs who could serve in both stages: somebody has to begin", () => {
    expect(turn(staged, ben).approve).toBe(true);
    const owners = asking(obligation({ from: ["ops"], later: [{ from: ["ops"], need: 1 }] }));
    expect(turn(owners, aiko).approve).toBe(true);
  });

  it("is nobody's twice, nobody's once it is over, and no auditor's", () => {
    const two = asking(obligation({ need: 2 }));
    expect(turn(two, aiko, [yes(aiko, two)])).toEqual(NOTHING);
    const one = asking(obligation());
    expect(turn(one, ben, [yes(aiko, one)])).toEqual(NOTHING);
    expect(turn(one, person("stranger"))).toEqual(NOTHING);
    expect(turn(one, aiko, [], [{ ...aiko.approver, roles: ["auditor"] }])).toEqual(NOTHING);
  });

  it("is a deputy's in somebody's place, while that one is away and has not answered", () => {
    const request = asking(obligation({ from: ["finance"], need: 2 }));
    const known = approvers.map((each) =>
      each.name === "chie" ? { ...each, away: [{ from: T0, until: NOW + 1, deputy: "dan" }] } : each,
    );
    expect(turn(request, dan, [], known)).toEqual({ approve: false, breakGlass: false, seats: ["chie"] });
    expect(turn(request, dan)).toEqual(NOTHING);
    expect(turn(request, dan, [yes(chie, request)], known)).toEqual(NOTHING);
    expect(turnOf(request, [], known, "dan", NOW + 1)).toEqual(NOTHING);
  });

  it("to break the glass is theirs whom every rule names", () => {
    const request = asking(
      obligation({ breakGlass: ["ops"] }),
      obligation({ rule: "b", breakGlass: ["ops", "oncall"] }),
    );
    expect(turn(request, aiko).breakGlass).toBe(true);
    expect(turn(request, dan).breakGlass).toBe(false);
  });

  it("is found under any of several configurations that know the name", () => {
    const request = asking(obligation({ from: ["finance"] }));
    expect(turn(request, aiko, [], [aiko.approver, { ...aiko.approver, groups: ["finance"] }]).approve).toBe(true);
  });
});

const objection = (request: ReturnType<typeof asking>, who: Person, statement: ReturnType<typeof yes>) =>
  untimely(request, [], approvers, { approver: who.approver, seat: who.approver }, statement, NOW);

describe("an answer out of time (P2)", () => {
  it("is told by what it lacks", () => {
    const ticketed = asking(obligation({ ticket: "OPS-*" }));
    expect(objection(ticketed, aiko, yes(aiko, ticketed))).toBe("ticket");
    expect(objection(ticketed, aiko, yes(aiko, ticketed, 1, { ticket: "X-1" }))).toBe("ticket");
    expect(objection(ticketed, aiko, yes(aiko, ticketed, 1, { ticket: "OPS-1" }))).toBeUndefined();
    const verified = asking(obligation({ assurance: "verified" }));
    expect(objection(verified, aiko, yes(aiko, verified))).toBe("weak-proof");
    const finance = asking(obligation({ from: ["finance"] }));
    expect(objection(finance, aiko, yes(aiko, finance))).toBe("not-your-turn");
  });

  it("is never a denial, nor a question", () => {
    const request = asking(obligation({ from: ["finance"], assurance: "verified", ticket: "OPS-*" }));
    for (const word of ["deny", "return"] as const) {
      const statement = signStatement(statementBody(request, word, "dan", NOW, { comment: "why?" }), dan.key);
      expect(objection(request, dan, statement)).toBeUndefined();
    }
  });

  it("to break the glass is told apart: not named, or not proven enough", () => {
    const tapped = holder("dan", "oncall");
    const request = asking(obligation({ assurance: "verified", breakGlass: ["oncall"] }));
    const glass = (who: Person) =>
      signStatement(statementBody(request, "break-glass", who.approver.name, NOW, { comment: "x" }), who.key);
    expect(objection(request, aiko, glass(aiko))).toBe("may-not-break");
    expect(objection(request, dan, glass(dan))).toBe("weak-proof");
    const who = { approver: tapped.approver, seat: tapped.approver };
    const tap = taps(tapped, request, "break-glass", { comment: "x" });
    expect(untimely(request, [], [tapped.approver], who, tap, NOW)).toBeUndefined();
  });
});

it("an approval in turn is counted and brings the request on, whoever came before (P2)", () => {
  const groups = fc.subarray(["ops", "finance", "oncall"]);
  const stage = fc.record({ from: groups, need: fc.integer({ min: 1, max: 2 }) });
  const terms = fc
    .record({ first: stage, later: fc.array(stage, { maxLength: 2 }) })
    .map(({ first, later }) => obligation({ ...first, ...(later.length === 0 ? {} : { later }) }));
  fc.assert(
    fc.property(fc.array(terms, { minLength: 1, maxLength: 3 }), fc.shuffledSubarray(everyone), (list, people) => {
      const request = asking(...list);
      const given: ReturnType<typeof yes>[] = [];
      const missing = () => {
        const standing = quorum(request, given, approvers, NOW);
        return standing.state === "open" ? JSON.stringify(standing.missing) : standing.state;
      };
      people.forEach((who, index) => {
        const { approve } = turn(request, who, given);
        const before = missing();
        if (!approve) return;
        given.push(yes(who, request, index + 1));
        expect(missing()).not.toBe(before);
        expect(quorum(request, given, approvers, NOW)).toMatchObject({
          approvers: given.map(({ body }) => body.approver),
        });
      });
    }),
    { numRuns: 300 },
  );
});
