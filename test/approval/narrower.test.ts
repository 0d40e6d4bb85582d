/** Whether one list of demands is surely as hard as another, held against people who really answer. */

import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Approver } from "../../src/approval/approver.ts";
import { quorum } from "../../src/approval/quorum.ts";
import { signStatement, statementBody } from "../../src/approval/statement.ts";
import type { Obligation } from "../../src/policy/call.ts";
import { isDemanding } from "../../src/policy/narrower.ts";
import { harden } from "../../src/policy/settle.ts";
import { obligation, person, sampleRequest, T0 } from "./sample.ts";

const GROUPS = ["ops", "finance", "oncall"];
const NAMES = ["aiko", "ben", "chie", "dan"];
const KEYS = NAMES.map((name) => person(name));
const NOW = T0 + 100_000;

const optional = <T>(name: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(
    value.map((each) => ({ [name]: each })),
    { nil: {} },
  );
const groups = fc.subarray(GROUPS);
const someGroups = fc.subarray(GROUPS, { minLength: 1 });
const stage = fc.record({ from: groups, need: fc.integer({ min: 1, max: 2 }) });

const terms: fc.Arbitrary<Obligation> = fc
  .tuple(
    stage,
    optional("later", fc.array(stage, { minLength: 1, maxLength: 2 })),
    optional("except", fc.subarray(NAMES, { minLength: 1, maxLength: 1 })),
    optional("ticket", fc.constantFrom("OPS-*", "*-1")),
    optional(
      "escalate",
      fc.array(fc.record({ afterMs: fc.constantFrom(10_000, 40_000), to: someGroups }), { minLength: 1, maxLength: 1 }),
    ),
    optional("breakGlass", someGroups),
    fc.constantFrom(60_000, 100_000),
  )
  .map(([first, later, except, ticket, escalate, breakGlass, expiresMs]) =>
    obligation({ ...first, ...later, ...except, ...ticket, ...escalate, ...breakGlass, expiresMs }),
  );

/** Half of the pairs differ in one thing only, so that many of them are comparable. */
const pair = fc.tuple(terms, terms).chain(([one, other]) =>
  fc.tuple(
    fc.constant(one),
    fc.subarray(Object.keys(other) as (keyof Obligation)[], { minLength: 1, maxLength: 2 }).map((names): Obligation => {
      const kept = Object.fromEntries(
        Object.entries(one).filter(([name]) => !names.includes(name as keyof Obligation)),
      );
      return { ...kept, ...Object.fromEntries(names.map((name) => [name, other[name]])) } as Obligation;
    }),
  ),
);

const people = fc.tuple(...NAMES.map(() => fc.record({ groups, deputy: fc.option(fc.constantFrom(...NAMES)) })));
const answers = fc.array(
  fc.record({
    who: fc.nat({ max: NAMES.length - 1 }),
    word: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "break-glass" as const),
    at: fc.integer({ min: 0, max: 59 }).map((seconds) => NOW - 59_000 + seconds * 1000),
    ticket: fc.constantFrom("OPS-1", "OPS-2", "X-1", undefined),
    standsFor: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 5 },
);

it("P12: whoever meets what is called as hard meets the other too, whoever the people are and however they answer", () => {
  let compared = 0;
  let met = 0;
  fc.assert(
    fc.property(pair, people, answers, ([one, other], who, given) => {
      const approvers = who.map(({ groups, deputy }, index): Approver => ({
        ...KEYS[index]!.approver,
        groups,
        away: deputy === null ? [] : [{ from: T0, until: NOW + 1, deputy }],
      }));
      const first = new Map(given.map((each) => [`${each.who} ${each.word}`, each]));
      for (const [hard, soft] of [
        [harden([one]), harden([other])],
        [harden([one, other]), harden([other])],
        [harden([one]), harden([one, other])],
      ] as const) {
        if (!isDemanding(hard, soft)) continue;
        compared++;
        const request = sampleRequest({ expiresAt: NOW, obligations: hard });
        const statements = [...first.values()].map(({ who, word, at, ticket, standsFor }) =>
          signStatement(
            statementBody(request, word, NAMES[who] ?? "", at, {
              comment: "why",
              ...(ticket === undefined ? {} : { ticket }),
              ...(standsFor === undefined || word === "break-glass" ? {} : { standsFor }),
            }),
            KEYS[who]!.key,
          ),
        );
        if (quorum(request, statements, approvers, NOW).state !== "met") continue;
        met++;
        expect(quorum({ ...request, obligations: soft }, statements, approvers, NOW).state).toBe("met");
      }
    }),
    { numRuns: 700 },
  );
  expect(compared).toBeGreaterThan(250);
  expect(met).toBeGreaterThan(50);
});

it("P12: an escalation that reaches a later stage, and one over a rule for anybody, is no tightening", () => {
  const soft = obligation({ from: ["ops"], need: 1, later: [{ from: ["finance"], need: 1 }] });
  const hard = { ...soft, escalate: [{ afterMs: 10_000, to: ["ops"] }] };
  expect(isDemanding([hard], [soft])).toBe(false);
  expect(isDemanding([soft], [hard])).toBe(false);
  expect(isDemanding([soft], [soft])).toBe(true);
  expect(isDemanding([{ ...soft, redeemMs: 1 }], [soft])).toBe(true);
});

it("P12: a ticket, a person kept out, a better proof and fewer who may break the glass are tightenings; less of them is none", () => {
  const base = obligation({ from: ["ops"], breakGlass: ["ops", "oncall"], edit: ["a", "b"] });
  const harder: readonly Partial<Obligation>[] = [
    { ticket: "OPS-*" },
    { except: ["aiko"] },
    { assurance: "verified" },
    { breakGlass: ["oncall"] },
    { edit: ["b"] },
    { need: 2 },
    { expiresMs: 1 },
    { later: [{ from: ["finance"], need: 1 }] },
  ];
  for (const more of harder) {
    expect(isDemanding([{ ...base, ...more }], [base]), JSON.stringify(more)).toBe(true);
    expect(isDemanding([base], [{ ...base, ...more }]), JSON.stringify(more)).toBe(false);
  }
  expect(isDemanding([{ ...base, ticket: "OPS-1" }], [{ ...base, ticket: "OPS-*" }])).toBe(false);
});
