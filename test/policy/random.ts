/** Random sources and calls, small enough that rules meet often. */

import * as fc from "fast-check";
import type { Call, Decision, Effect } from "../../src/policy/call.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import type { Grant, LockedItem, PolicySources, Rule } from "../../src/policy/manifest.ts";
import { item, place, rule, schema, sources, text } from "./build.ts";
import type { Meaning, Meanings } from "./naive.ts";

const input = schema({ path: text, n: { type: "number" }, any: {} }, "path", "any");

/** The same conditions in CEL and in plain JavaScript. */
const conditions: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["args.path == 'a'", ({ path }) => path === "a"],
  ["has(args.n) && args.n > 1", ({ n }) => typeof n === "number" && n > 1],
  ["!has(args.n) || args.n <= 1", ({ n }) => n === undefined || Number(n) <= 1],
  ["within(args.path, 'docs')", ({ path }) => (path === "~" ? undefined : path === "docs/x")],
  ["!within(args.path, 'docs')", ({ path }) => (path === "~" ? undefined : path !== "docs/x")],
  [
    "args.any.x == 1",
    ({ any }) => (any === null || typeof any !== "object" || !("x" in any) ? undefined : any["x"] === 1),
  ],
  ["re2(args.path, '^[ab]$') || args.any == 0", ({ path, any }) => path === "a" || path === "b" || any === 0],
  ["true", () => true],
  ["false", () => false],
]);
export const meanings: Meanings = {
  conditions,
  fits: (args) =>
    Object.keys(args).every((key) => ["path", "n", "any"].includes(key)) &&
    typeof args["path"] === "string" &&
    args["any"] !== undefined &&
    (args["n"] === undefined || typeof args["n"] === "number"),
};

const NAMES = ["read", "read_all", "write", "Write", "delete_x", "a/b"];
const when = fc.option(fc.constantFrom(...conditions.keys()), { nil: undefined, freq: 2 });
const terms = fc.option(
  fc.record(
    {
      from: fc.subarray(["ops", "leads", "audit"]),
      need: fc.integer({ min: 1, max: 3 }),
      assurance: fc.constantFrom("client", "operator", "verified"),
      expiresMs: fc.constantFrom(1000, 5000, 9000),
      redeemMs: fc.constantFrom(1000, 5000),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

const lockedItem = (name: string): fc.Arbitrary<LockedItem> =>
  fc
    .record({ access: fc.constantFrom("read" as const, "write" as const), readWhen: when })
    .map(({ access, readWhen }) =>
      item(name, access, { input, ...(access === "write" && readWhen !== undefined && { readWhen }) }),
    );
const items = fc.subarray(NAMES).chain((names) => fc.tuple(...names.map(lockedItem)));

const match = fc
  .array(
    fc.tuple(
      fc.constantFrom("files", "tracker", "*", "F*s", "t?acker"),
      fc.constantFrom("*", "read*", "WRITE", "write", "*_x", "?r*", "a/*", "nothing"),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.map(([server, name]) => `${server}/${name}`));

type RuleOf<E extends Effect> = Rule & { readonly effect: E };
export const randomRule = <E extends Effect>(id: string, ...effects: E[]): fc.Arbitrary<RuleOf<E>> =>
  fc
    .record({
      effect: fc.constantFrom(...effects),
      match,
      when,
      access: fc.constantFrom(undefined, undefined, "read" as const, "write" as const),
      approval: terms,
      reason: fc.constantFrom(undefined, "x", "y z"),
    })
    .map(({ effect, match, when, access, approval, reason }) =>
      rule(id, effect, {
        match,
        ...(when !== undefined && { when }),
        ...(access !== undefined && { access }),
        ...(effect === "ask" && approval !== undefined && { approval }),
        ...(reason !== undefined && { reason }),
      }),
    );
const rules = <E extends Effect>(prefix: string, ...effects: E[]): fc.Arbitrary<RuleOf<E>[]> =>
  fc
    .integer({ min: 0, max: 5 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => randomRule(`${prefix}${at}`, ...effects))));

const grant = (server: string): fc.Arbitrary<Grant> =>
  fc
    .record({
      access: fc.constantFrom("read-only" as const, "read-write" as const),
      tools: fc.option(fc.subarray(["read*", "*_x", "write", "*"]), { nil: undefined }),
    })
    .map(({ access, tools }) => ({ server, access, ...(tools !== undefined && { tools }), place: place(1) }));

export const randomSources: fc.Arbitrary<PolicySources> = fc
  .record({
    files: items,
    tracker: items,
    granted: fc.subarray(["files", "tracker"]).chain((names) => fc.tuple(...names.map(grant))),
    org: rules("o", "ask", "deny"),
    own: rules("m", "allow", "ask", "deny"),
    endpoint: fc.constantFrom("files-server", "files-server", "files-server", "other"),
    floor: terms,
  })
  .map(({ files, tracker, granted, org, own, endpoint, floor }) => {
    const made = sources({ files, tracker, org, rules: own, endpoint, ...(floor !== undefined && { floor }) });
    const servers = new Map([...made.servers].map(([id, { endpoint }]) => [id, { endpoint, root: "/work" }]));
    return { ...made, servers, manifest: { ...made.manifest, grants: granted } };
  });

const args: fc.Arbitrary<JsonObject> = fc
  .record({
    path: fc.constantFrom("a", "b", "docs/x", "~", 7, undefined),
    n: fc.constantFrom(undefined, undefined, 0, 2, "2"),
    any: fc.constantFrom({ x: 1 }, { x: 2 }, {}, 0, null, { constructor: 1 }),
    more: fc.constantFrom(undefined, undefined, undefined, undefined, 1),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject);

export const randomCall: fc.Arbitrary<Call> = fc.record({
  agent: fc.constant("scribe"),
  server: fc.constantFrom("files", "tracker"),
  kind: fc.constant("tool" as const),
  name: fc.constantFrom(...NAMES),
  args,
});

export const essence = ({ effect, access, cause, hidden, rules, obligations }: Decision) => ({
  effect,
  access,
  cause,
  hidden,
  rules,
  obligations,
});
