import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision, Effect, Obligation } from "../../src/policy/call.ts";
import { decide, strictest } from "../../src/policy/decide.ts";
import type { PolicySources } from "../../src/policy/manifest.ts";
import { compileAccepted, type Policy } from "../../src/policy/policy.ts";
import { visible } from "../../src/policy/visible.ts";
import { compareRights } from "../../src/policy/widening.ts";
import { calm } from "./build.ts";
import { naive } from "./naive.ts";
import { essence, meanings, randomCall, randomRule, randomSources } from "./random.ts";

const RANK: Readonly<Record<Effect, number>> = { allow: 0, ask: 1, deny: 2 };
const PROOF = { client: 0, operator: 1, verified: 2 } as const;

function compile(sources: PolicySources): Policy {
  const { policy, problems } = compileAccepted(sources);
  const broken = problems.filter(({ code }) => code.startsWith("condition-"));
  if (broken.length > 0) throw new Error(JSON.stringify(broken));
  return policy;
}

/** Whether every set of answers that satisfies `hard` satisfies `soft`. */
const meets = (hard: readonly Obligation[], soft: readonly Obligation[]): boolean =>
  soft.every((s) =>
    hard.some(
      (h) =>
        h.need >= s.need &&
        (s.from.length === 0 || (h.from.length > 0 && h.from.every((group) => s.from.includes(group)))) &&
        PROOF[h.assurance] >= PROOF[s.assurance] &&
        h.expiresMs <= s.expiresMs &&
        h.redeemMs <= s.redeemMs,
    ),
  );
const isNoLooser = (a: Decision, b: Decision): boolean =>
  RANK[a.effect] > RANK[b.effect] ||
  (a.effect === b.effect && (a.effect !== "ask" || meets(a.obligations, b.obligations)));

const calls = fc.array(randomCall, { minLength: 1, maxLength: 20 });
const shuffled = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...all], { minLength: all.length });

describe("laws of decisions", () => {
  test("an evaluator written from DESIGN.md alone agrees on 100,000 random cases", () => {
    // Always the same cases, or one of the counts below would now and then fall short; KIDOBAN_SEED tries others.
    const seed = Number(process.env["KIDOBAN_SEED"] ?? 20261121);
    let cases = 0;
    const reached = new Map<string, number>();
    for (const [made, asked] of fc.sample(
      fc.tuple(randomSources, fc.array(randomCall, { minLength: 100, maxLength: 100 })),
      { seed, numRuns: 1000 },
    )) {
      const policy = compile(made);
      for (const [at, call] of asked.entries()) {
        const isQuarantined = at % 17 === 0;
        const decision = decide(policy, call, { quarantined: () => isQuarantined });
        const expected = naive(made, call, isQuarantined, meanings);
        // The comparison by text first: expect() takes far longer.
        if (JSON.stringify(essence(decision)) !== JSON.stringify(expected))
          expect(essence(decision), `seed ${seed}, ${JSON.stringify(call)}`).toEqual(expected);
        reached.set(decision.cause, (reached.get(decision.cause) ?? 0) + 1);
        cases++;
      }
    }
    expect(cases).toBe(100_000);
    // Or the cases would say nothing of them.
    for (const cause of [
      "not-granted",
      "not-listed",
      "not-locked",
      "quarantined",
      "endpoint-changed",
      "read-only",
      "invalid-arguments",
      "rule",
      "condition-failed",
      "default-read",
      "default-write",
    ]) {
      expect(reached.get(cause), cause).toBeGreaterThan(50);
    }
  });

  test("the order of rules, grants and locked definitions never matters", () => {
    const both = randomSources.chain((made) =>
      fc
        .tuple(
          shuffled(made.rules),
          shuffled(made.manifest.rules),
          shuffled(made.manifest.grants),
          shuffled([...made.locks]),
        )
        .map(([rules, own, grants, locks]): [PolicySources, PolicySources] => [
          made,
          {
            ...made,
            rules,
            manifest: { ...made.manifest, rules: own, grants },
            locks: new Map(locks.map(([id, lock]) => [id, { ...lock, items: lock.items.toReversed() }])),
          },
        ]),
    );
    fc.assert(
      fc.property(both, calls, ([a, b], asked) => {
        const [one, other] = [compile(a), compile(b)];
        for (const call of asked) expect(decide(one, call, calm)).toEqual(decide(other, call, calm));
        expect(visible(one, calm).map(({ server, item, effect }) => [server, item.name, effect])).toEqual(
          visible(other, calm).map(({ server, item, effect }) => [server, item.name, effect]),
        );
      }),
      { numRuns: 150 },
    );
  });

  test("P11 adding a deny or an ask, to either file, never loosens", () => {
    fc.assert(
      fc.property(
        randomSources,
        randomRule("added", "ask", "deny"),
        fc.boolean(),
        calls,
        (made, added, isOrg, asked) => {
          const before = compile(made);
          const after = compile(
            isOrg
              ? { ...made, rules: [...made.rules, added] }
              : { ...made, manifest: { ...made.manifest, rules: [...made.manifest.rules, added] } },
          );
          for (const call of asked) {
            const [a, b] = [decide(after, call, calm), decide(before, call, calm)];
            expect(isNoLooser(a, b), JSON.stringify([call, b, a])).toBe(true);
          }
          expect(compareRights(new Map([["scribe", before]]), new Map([["scribe", after]])).gained).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("P12 what is told as no gain is no gain for any call", () => {
    fc.assert(
      fc.property(randomSources, randomSources, calls, (made, changed, asked) => {
        // Half of each, so that the two have something in common.
        const now: PolicySources = {
          ...made,
          rules: changed.rules,
          floor: changed.floor,
          manifest: {
            ...made.manifest,
            rules: [...made.manifest.rules.slice(1), ...changed.manifest.rules.slice(0, 1)],
          },
        };
        const [before, after] = [compile(made), compile(now)];
        const { gained } = compareRights(new Map([["scribe", before]]), new Map([["scribe", after]]));
        for (const call of asked) {
          if (gained.some(({ server, name }) => server === call.server && name === call.name)) continue;
          const [a, b] = [decide(after, call, calm), decide(before, call, calm)];
          expect(isNoLooser(a, b), JSON.stringify([call, b, a])).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("P1 nothing granted means deny, whatever the rules", () => {
    fc.assert(
      fc.property(randomSources, randomCall, (made, call) => {
        const policy = compile({ ...made, manifest: { ...made.manifest, grants: [] } });
        expect(decide(policy, call, calm)).toMatchObject({ effect: "deny", hidden: true });
        expect(visible(policy, calm)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("P1 what is let through is listed, and what is hidden is not", () => {
    fc.assert(
      fc.property(randomSources, calls, (made, asked) => {
        const policy = compile(made);
        const listed = new Map(visible(policy, calm).map((each) => [`${each.server}/${each.item.name}`, each]));
        for (const call of asked) {
          const { effect, hidden } = decide(policy, call, calm);
          const shown = listed.get(`${call.server}/${call.name}`);
          expect(shown === undefined, JSON.stringify(call)).toBe(hidden);
          if (shown === undefined) continue;
          expect(["depends", effect]).toContain(shown.effect);
          if (effect === "ask") expect(shown.mayAsk).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("the stricter of two decisions", () => {
  const decision = fc.tuple(randomSources, randomCall).map(([made, call]) => decide(compile(made), call, calm));
  /** Two or three policies on one call, as an accepted and a proposed configuration give them. */
  const decisions = fc.tuple(decision, decision, decision);

  test("P12 depends on neither order nor grouping, and of one with itself is itself", () => {
    fc.assert(
      fc.property(decisions, ([a, b, c]) => {
        expect(strictest(a, a)).toEqual(a);
        expect(strictest(a, b)).toEqual(strictest(b, a));
        expect(strictest(strictest(a, b), c)).toEqual(strictest(a, strictest(b, c)));
      }),
      { numRuns: 200 },
    );
  });

  test("P12 is never looser than either", () => {
    fc.assert(
      fc.property(decisions, ([a, b]) => {
        const joined = strictest(a, b);
        expect(isNoLooser(joined, a) && isNoLooser(joined, b)).toBe(true);
        expect(joined.effect === "ask" ? joined.obligations.length > 0 : joined.obligations.length === 0).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
