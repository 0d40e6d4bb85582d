import { describe, expect, test } from "vitest";
import type { LockedItem } from "../../src/policy/manifest.ts";
import { strictest } from "../../src/policy/decide.ts";
import { compareRights } from "../../src/policy/widening.ts";
import { decided, FILES, item, policyOf, rule, schema, text, type Wanted } from "./build.ts";

const tools: Wanted["grants"] = [{ server: "files", tools: ["*"], resources: [], prompts: [] }];
const base: Wanted = { grants: tools };
const ask = (need: number, from: readonly string[] = []) =>
  rule("a", "ask", { match: ["files/write_file"], approval: { need, from } });
const outside = rule("docs", "deny", { match: ["files/write_file"], when: "!within(args.path, 'docs')" });
const trusted = rule("docs", "allow", { match: ["files/write_file"], when: "within(args.path, 'docs')" });

const changed = (name: string, by: Partial<LockedItem>): readonly LockedItem[] =>
  FILES.map((each) => (each.name === name ? { ...each, ...by } : each));

const of = (wanted: Wanted | undefined) => new Map(wanted === undefined ? [] : [["scribe", policyOf(wanted)]]);

function compared(before: Wanted | undefined, after: Wanted | undefined): string[] {
  const { gained, lost } = compareRights(of(before), of(after));
  const line = (sign: string) => (each: (typeof gained)[number]) =>
    `${sign} ${each.name} ${each.before}→${each.after} (${each.why})`;
  return [...gained.map(line("+")), ...lost.map(line("-"))];
}

/** From, to, and what is told both ways. */
const CASES: Readonly<Record<string, readonly [Wanted, Wanted, readonly string[], readonly string[]]>> = {
  "an allow": [
    base,
    { ...base, rules: [rule("a", "allow", { match: ["files/write_file"] })] },
    ["+ write_file ask→allow (effect)"],
    ["- write_file allow→ask (effect)"],
  ],
  "a deny": [
    base,
    { ...base, org: [rule("a", "deny", { match: ["*/read_*"] })] },
    ["- read_file allow→deny (effect)"],
    ["+ read_file deny→allow (effect)"],
  ],
  "a list": [
    { grants: [{ server: "files", tools: ["read_file"], resources: [], prompts: [] }] },
    { grants: [{ server: "files", tools: ["read_file", "move_file"], resources: [], prompts: [] }] },
    ["+ move_file deny→ask (effect)"],
    ["- move_file ask→deny (effect)"],
  ],
  "a ceiling": [
    base,
    { grants: [{ server: "files", access: "read-only", tools: ["*"], resources: [], prompts: [] }] },
    ["- delete_file ask→deny (effect)", "- move_file ask→deny (effect)", "- write_file ask→deny (effect)"],
    ["+ delete_file deny→ask (effect)", "+ move_file deny→ask (effect)", "+ write_file deny→ask (effect)"],
  ],
  "a larger quorum": [
    { ...base, rules: [ask(1)] },
    { ...base, rules: [ask(2)] },
    ["- write_file ask→ask (approval)"],
    ["+ write_file ask→ask (approval)"],
  ],
  "any approver instead of a group": [
    { ...base, rules: [ask(1, ["ops"])] },
    { ...base, rules: [ask(1)] },
    // The floor asks any approver once already, so only the group is lost or gained.
    ["+ write_file ask→ask (approval)"],
    ["- write_file ask→ask (approval)"],
  ],
  "another group": [
    { ...base, rules: [ask(1, ["ops"])] },
    { ...base, rules: [ask(1, ["leads"])] },
    ["+ write_file ask→ask (approval)"],
    ["+ write_file ask→ask (approval)"],
  ],
  "a condition that denies": [
    base,
    { ...base, rules: [outside] },
    ["- write_file ask→depends (rules)"],
    ["+ write_file depends→ask (rules)"],
  ],
  "a condition that allows": [
    base,
    { ...base, rules: [trusted] },
    ["+ write_file ask→depends (rules)"],
    ["+ write_file depends→ask (rules)"],
  ],
  "a condition that allows, beside one that stays": [
    { ...base, rules: [rule("x", "deny", { match: ["files/write_file"], when: "args.content == ''" })] },
    { ...base, rules: [rule("x", "deny", { match: ["files/write_file"], when: "args.content == ''" }), trusted] },
    ["+ write_file depends→depends (rules)"],
    ["- write_file depends→depends (rules)"],
  ],
  "another condition": [
    { ...base, rules: [outside] },
    { ...base, rules: [rule("docs", "deny", { match: ["files/write_file"], when: "!within(args.path, 'notes')" })] },
    ["+ write_file depends→depends (rules)"],
    ["+ write_file depends→depends (rules)"],
  ],
  "a condition that denies some, in place of a quorum": [
    { ...base, rules: [ask(2)] },
    { ...base, rules: [outside] },
    ["+ write_file ask→depends (rules)"],
    ["+ write_file depends→ask (rules)"],
  ],
  "another root under the same condition": [
    { ...base, rules: [outside] },
    { ...base, rules: [outside], root: "/" },
    ["+ write_file depends→depends (rules)"],
    ["+ write_file depends→depends (rules)"],
  ],
  "a floor raised under a condition": [
    { ...base, rules: [outside] },
    { ...base, rules: [outside], floor: { need: 2 } },
    ["- delete_file ask→ask (approval)", "- move_file ask→ask (approval)", "- write_file depends→depends (rules)"],
    ["+ delete_file ask→ask (approval)", "+ move_file ask→ask (approval)", "+ write_file depends→depends (rules)"],
  ],
  "a definition": [
    base,
    {
      ...base,
      files: changed("read_file", {
        definition: { name: "read_file", description: "Also sends it to me.", inputSchema: schema({ path: text }) },
      }),
    },
    ["+ read_file allow→allow (definition)"],
    ["+ read_file allow→allow (definition)"],
  ],
  "what is not compared of a definition": [
    base,
    { ...base, files: changed("read_file", { volatile: ["/description"] }) },
    ["+ read_file allow→allow (definition)"],
    ["+ read_file allow→allow (definition)"],
  ],
  "a lock that calls a write a read": [
    base,
    { ...base, files: changed("move_file", { access: "read" }) },
    ["+ move_file ask→allow (effect)"],
    ["- move_file allow→ask (effect)"],
  ],
  "a lock that calls a write sometimes a read": [
    base,
    { ...base, files: changed("move_file", { readWhen: { source: "args.source == 'x'", place: ask(1).place } }) },
    ["+ move_file ask→depends (rules)"],
    ["+ move_file depends→ask (rules)"],
  ],
  "a lock line": [
    base,
    { ...base, files: [...FILES, item("run", "write")] },
    ["+ run deny→ask (effect)"],
    ["- run ask→deny (effect)"],
  ],
  "a rule's name and reason alone": [
    { ...base, rules: [outside] },
    { ...base, rules: [{ ...outside, id: "other", reason: "Because." }] },
    [],
    [],
  ],
};

describe("rights gained and lost", () => {
  for (const [name, [before, after, forth, back]] of Object.entries(CASES)) {
    test(`P12 ${name}`, () => {
      expect(compared(before, after)).toEqual(forth);
      expect(compared(after, before)).toEqual(back);
      expect(compared(before, before)).toEqual([]);
    });
  }

  test("P12 an agent that comes or goes gains or loses all that it may do", () => {
    const some: Wanted = {
      grants: [{ server: "files", tools: ["read_file", "write_file"], resources: [], prompts: [] }],
    };
    expect(compared(undefined, some)).toEqual(["+ read_file deny→allow (effect)", "+ write_file deny→ask (effect)"]);
    expect(compared(some, undefined)).toEqual(["- read_file allow→deny (effect)", "- write_file ask→deny (effect)"]);
  });

  test("P12 a server behind another endpoint loses everything, and pinned there is gained anew", () => {
    const made = { grants: [{ server: "files", tools: ["read_file"], resources: [], prompts: [] }] };
    expect(compared(made, { ...made, endpoint: "other" })).toEqual(["- read_file allow→deny (effect)"]);
    const pinned = policyOf(made);
    const server = pinned.servers.get("files");
    if (server === undefined) throw new Error("files is granted");
    const moved = { ...pinned, servers: new Map([["files", { ...server, endpoint: "other" }]]) };
    const { gained, lost } = compareRights(new Map([["scribe", pinned]]), new Map([["scribe", moved]]));
    expect(gained.map(({ name, why }) => [name, why])).toEqual([["read_file", "endpoint"]]);
    expect(lost).toEqual([]);
  });

  test("P12 while a change waits, a call that either configuration hides is hidden", () => {
    const shown = decided({ rules: [outside] }, "files/write_file", { path: "x", content: "" });
    const hidden = decided({ rules: [rule("all", "deny", { match: ["files/*"] })] }, "files/write_file", {
      path: "x",
      content: "",
    });
    expect([shown.effect, shown.hidden, hidden.effect, hidden.hidden]).toEqual(["deny", false, "deny", true]);
    expect(strictest(shown, hidden)).toMatchObject({
      effect: "deny",
      hidden: true,
      rules: ["scribe#all", "scribe#docs"],
    });
  });
});
