/** Resources, templates, prompts and completions: what holds for them besides what holds for tools. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { compileAccepted } from "../../src/policy/policy.ts";
import type { LockedItem } from "../../src/policy/manifest.ts";
import { compareRights } from "../../src/policy/widening.ts";
import { explain } from "../../src/policy/explain.ts";
import { visible } from "../../src/policy/visible.ts";
import {
  calm,
  call,
  decided,
  policyOf,
  problemsOf,
  prompt,
  resource,
  rule,
  sources,
  template,
  type Wanted,
} from "./build.ts";

const FILE = "file:///{+path}";
const FILES: readonly LockedItem[] = [resource("file:///notes"), template(FILE), prompt("review", "read", "topic")];
const HIDDEN = { effect: "deny", hidden: true };

const read = (wanted: Partial<Wanted>, uri: string, name = FILE) =>
  decided({ files: FILES, ...wanted }, `resource:files/${name}`, { uri });
const completed = (wanted: Partial<Wanted>, name: string) =>
  decided({ files: FILES, ...wanted }, `completion:files/${name}`, {
    ref: { type: "ref/prompt", name },
    argument: { name: "topic", value: "s" },
  });
const shown = (wanted: Partial<Wanted>): readonly string[] =>
  visible(policyOf({ files: FILES, grants: [{ server: "files" }], ...wanted }), calm).map(
    ({ item: { kind, name }, effect }) => `${kind} ${name} ${effect}`,
  );

const codes = (rules: Wanted["rules"]) => problemsOf({ files: FILES, rules: rules ?? [] }).map(({ code }) => code);
const policies = (wanted: Partial<Wanted>) => new Map([["scribe", policyOf({ files: FILES, ...wanted })]]);

describe("a URI that a template serves", () => {
  test("is read where nothing speaks against it", () => {
    expect(read({}, "file:///docs/a")).toMatchObject({ effect: "allow", cause: "default-read" });
  });

  test.each([
    "file:///etc/passwd",
    "FILE:///ETC/passwd",
    "file:///etc/pass%77d",
    "file:///%65tc/passwd",
    "file:///%2565tc/passwd",
    "file:///ｅtc/passwd",
    "file:////etc//passwd",
    "file:/etc/passwd",
  ])("P1 is denied by a rule that names URIs, however it is written: %s", (uri) => {
    const wanted = {
      files: [...FILES, template("{+any}")],
      rules: [rule("no", "deny", { match: ["resource:files/file:*/etc/*"] })],
    };
    expect(read(wanted, uri, "{+any}")).toMatchObject({ effect: "deny" });
  });

  test("P1 is denied by a rule that names one of them outright", () => {
    const wanted = { rules: [rule("no", "deny", { match: ["resource:files/file:///secret"] })] };
    expect(problemsOf({ files: FILES, ...wanted })).toEqual([]);
    expect(read(wanted, "file:///secret")).toMatchObject({ effect: "deny", rules: ["scribe#no"], hidden: false });
    expect(read(wanted, "file:///secrets")).toMatchObject({ effect: "allow" });
  });

  test("P2 is asked for by a rule of kidoban.yaml that names URIs, if its condition holds", () => {
    const org = [rule("keys", "ask", { match: ["resource:*/file:*.pem"], when: "args.uri.contains('prod')" })];
    expect(read({ org }, "file:///prod/a.pem")).toMatchObject({ effect: "ask", rules: ["kidoban.yaml#keys"] });
    expect(read({ org }, "file:///test/a.pem")).toMatchObject({ effect: "allow" });
    expect(read({ org }, "file:///prod/a.txt")).toMatchObject({ effect: "allow" });
  });

  test("P2 is not allowed by a rule that names URIs: a template is allowed by its own name", () => {
    const files = [template(FILE, "write")];
    const byUri = [rule("some", "allow", { match: ["resource:files/file:///docs/*"] })];
    expect(read({ files, rules: byUri, org: [] }, "file:///docs/a").effect).toBe("ask");
    const byName = [
      rule("some", "allow", { match: [`resource:files/${FILE}`], when: "args.uri.startsWith('file:///docs/')" }),
    ];
    expect(read({ files, rules: byName }, "file:///docs/a").effect).toBe("allow");
    expect(read({ files, rules: byName }, "file:///etc/a").effect).toBe("ask");
  });

  test("P11 without a URI is of no definition", () => {
    expect(decided({ files: FILES }, `resource:files/${FILE}`, { uri: 7 })).toMatchObject(HIDDEN);
  });

  test("an allow, or a deny of another server, that names it is a slip of the pen", () => {
    expect(codes([rule("a", "allow", { match: ["resource:files/file:///x"] })])).toEqual(["name-not-locked"]);
    expect(codes([rule("a", "deny", { match: ["resource:files/http://x"] })])).toEqual(["name-not-locked"]);
    expect(codes([rule("a", "deny", { match: ["resource:tracker/file:///x"] })])).toEqual(["name-not-locked"]);
    expect(codes([rule("a", "deny", { match: ["prompt:files/revue"] })])).toEqual(["name-not-locked"]);
  });
});

describe("a locked resource that a template serves too", () => {
  test("P1 is not listed where the template is withheld or denied", () => {
    expect(shown({})).toEqual([
      "resource file:///notes allow",
      `resource ${FILE} allow`,
      "prompt review allow",
      `completion ${FILE} allow`,
      "completion review allow",
    ]);
    expect(shown({ grants: [{ server: "files", resources: ["file:///notes"], prompts: [] }] })).toEqual([]);
    expect(shown({ rules: [rule("no", "deny", { match: [`resource:files/${FILE}`] })] })).toEqual([
      "prompt review allow",
      "completion review allow",
    ]);
  });

  test("P1 that is denied is not read through the template", () => {
    const rules = [rule("no", "deny", { match: ["resource:files/file:///notes"] })];
    expect(read({ rules }, "file:///notes").effect).toBe("deny");
    expect(shown({ rules })).not.toContain("resource file:///notes allow");
  });

  test("is explained by the rules of both", () => {
    const policy = policyOf({
      files: FILES,
      rules: [
        rule("own", "ask", { match: ["resource:files/file:///notes"], approval: { need: 2 } }),
        rule("all", "ask", { match: [`resource:files/${FILE}`] }),
      ],
    });
    const { decision, rules } = explain(policy, call("resource:files/file:///notes"), calm);
    expect(decision).toMatchObject({ effect: "ask", rules: ["scribe#all", "scribe#own"] });
    expect(rules.map(({ id, settled }) => [id, settled])).toEqual([
      ["scribe#own", true],
      ["scribe#all", true],
    ]);
  });
});

describe("a completion", () => {
  test("passes where its prompt or template passes", () => {
    expect(completed({}, "review")).toMatchObject({ effect: "allow", access: "read", cause: "default-read" });
    expect(completed({}, FILE)).toMatchObject({ effect: "allow" });
  });

  test("P1 is hidden with what it is of: not listed, denied, or behind a read-only grant", () => {
    const denied = { rules: [rule("no", "deny", { match: ["prompt:*/rev*"] })] };
    expect(completed(denied, "review")).toMatchObject({ ...HIDDEN, rules: ["scribe#no"] });
    expect(completed({ grants: [{ server: "files", prompts: [] }] }, "review")).toMatchObject(HIDDEN);
    const writes = { files: [prompt("publish", "write")], grants: [{ server: "files", access: "read-only" as const }] };
    expect(completed(writes, "publish")).toMatchObject({ ...HIDDEN, cause: "read-only" });
  });

  test("P1 is denied by rules of its own", () => {
    expect(completed({ org: [rule("no", "deny", { match: ["completion:*/*"] })] }, "review")).toMatchObject(HIDDEN);
    expect(problemsOf({ files: FILES, org: [rule("no", "deny", { match: ["completion:files/review"] })] })).toEqual([]);
    const slips = problemsOf({
      files: FILES,
      org: [rule("no", "deny", { match: ["completion:files/file:///notes"] })],
    });
    expect(slips.map(({ code }) => code)).toEqual(["name-not-locked"]);
  });

  test("P11 is denied where only some arguments of its item are: it would tell them one by one", () => {
    const rules = [
      rule("no", "deny", { match: ["prompt:files/review"], when: "has(args.topic) && args.topic == 'x'" }),
    ];
    expect(completed({ rules }, "review")).toMatchObject({ ...HIDDEN, cause: "condition-failed" });
    const byUri = [rule("no", "deny", { match: ["resource:files/file:///secret"] })];
    expect(completed({ rules: byUri }, FILE)).toMatchObject(HIDDEN);
    expect(shown({ rules: byUri }).filter((each) => each.startsWith("completion"))).toEqual([
      "completion review allow",
    ]);
  });

  test("P2 of what asks is not let through by an allow of its own; of what may be allowed it is", () => {
    const own = rule("own", "allow", { match: ["completion:files/publish"] });
    const item = rule("item", "allow", { match: ["prompt:files/publish"] });
    const files = [prompt("publish", "write")];
    expect(completed({ files, rules: [own] }, "publish").effect).toBe("ask");
    expect(completed({ files, rules: [item] }, "publish").effect).toBe("ask");
    expect(completed({ files, rules: [own, item] }, "publish").effect).toBe("allow");
    const asked = [rule("asked", "ask", { match: ["prompt:files/review"] }), own];
    expect(completed({ files: [...FILES, ...files], rules: asked }, "review").effect).toBe("ask");
  });

  test("P1 that asks is not listed, since nobody approves what is typed", () => {
    expect(shown({ files: [prompt("publish", "write")] })).toEqual(["prompt publish ask"]);
  });

  test("P1 of a name that a prompt and a template share is of neither", () => {
    const files = [template(FILE), prompt(FILE)];
    expect(completed({ files }, FILE)).toMatchObject({ ...HIDDEN, cause: "not-locked" });
  });

  test("P11 a condition over what is typed is a load error", () => {
    const when = "args.argument.value == 'x'";
    const found = problemsOf({
      files: FILES,
      rules: [rule("c", "deny", { match: ["completion:files/review"], when })],
    });
    expect(found.map(({ code, values }) => [code, values["on"]])).toEqual([
      ["condition-unknown-field", "completion:files/review"],
    ]);
  });

  test("P12 is gained and lost with its item", () => {
    const no = { rules: [rule("no", "deny", { match: ["prompt:files/review"] })] };
    const { gained, lost } = compareRights(policies(no), policies({}));
    expect(gained.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["completion review", "prompt review"]);
    expect(lost).toEqual([]);
  });
});

describe("whatever the rules", () => {
  const someRule = (id: string) =>
    fc
      .record({
        effect: fc.constantFrom("allow", "ask", "deny"),
        match: fc.constantFrom(
          "prompt:files/review",
          "prompt:*/*",
          "completion:files/*",
          "completion:*/review",
          "resource:files/file:*",
          "resource:files/file:///docs/*",
          "resource:files/file:///notes",
          `resource:files/${FILE}`,
        ),
        conditional: fc.boolean(),
        access: fc.constantFrom(undefined, "read", "write"),
      })
      .map(({ effect, match, conditional, access }) => {
        const [kind] = match.split(":");
        const when = kind === "prompt" ? "has(args.topic)" : kind === "resource" ? "args.uri.contains('d')" : undefined;
        return rule(id, effect, {
          match: [match],
          ...(conditional && when !== undefined && { when }),
          ...(access !== undefined && { access: access }),
        });
      });
  const worlds = fc.record({
    rules: fc.tuple(someRule("a"), someRule("b"), someRule("c")),
    accesses: fc.tuple(...[1, 2, 3].map(() => fc.constantFrom<"read" | "write">("read", "write"))),
    grant: fc.record({
      access: fc.constantFrom<"read-only" | "read-write">("read-only", "read-write"),
      resources: fc.constantFrom(undefined, ["*"], [FILE], ["file:///notes"]),
      prompts: fc.constantFrom(undefined, [], ["rev*"]),
    }),
  });
  type Made = typeof worlds extends fc.Arbitrary<infer W> ? W : never;
  const made = ({ rules, accesses: [a, b, c], grant: { access, resources, prompts } }: Made) =>
    compileAccepted(
      sources({
        files: [resource("file:///notes", a), template(FILE, b), prompt("review", c, "topic")],
        rules,
        grants: [{ server: "files", access, ...(resources && { resources }), ...(prompts && { prompts }) }],
      }),
    ).policy;
  const URIS = ["file:///notes", "file:///docs/a", "file:///a"];

  test("P1 no completion is let through of what any call of would be denied", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const policy = made(world);
        const effectOf = (written: string, args = {}) => decide(policy, call(written, args), calm).effect;
        const prompts = [{}, { topic: "x" }].map((args) => effectOf("prompt:files/review", args));
        if (effectOf("completion:files/review") === "allow") expect(prompts).not.toContain("deny");
        const reads = URIS.slice(1).map((uri) => effectOf(`resource:files/${FILE}`, { uri }));
        if (effectOf(`completion:files/${FILE}`) === "allow") expect(reads).not.toContain("deny");
      }),
      { numRuns: 800 },
    );
  });

  test("P1 what is shown is what some call is let through to, and nothing else", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const policy = made(world);
        const seen = new Set(visible(policy, calm).map(({ item: { kind, name } }) => `${kind} ${name}`));
        const notes = decide(policy, call("resource:files/file:///notes"), calm);
        expect(seen.has("resource file:///notes")).toBe(!notes.hidden);
        for (const args of [{}, { topic: "x" }]) {
          const asked = decide(policy, call("prompt:files/review", args), calm);
          if (!seen.has("prompt review")) expect([asked.effect, asked.hidden]).toEqual(["deny", true]);
        }
        const read = URIS.map((uri) => decide(policy, call(`resource:files/${FILE}`, { uri }), calm));
        if (!seen.has(`resource ${FILE}`))
          expect(read.every(({ effect, hidden }) => effect === "deny" && hidden)).toBe(true);
      }),
      { numRuns: 800 },
    );
  });
});

describe("examples", () => {
  test("name a resource by any URI that it has, and are read by it", () => {
    const rules = [
      rule("docs", "deny", {
        match: [`resource:files/${FILE}`],
        when: "!args.uri.startsWith('file:///docs/')",
        examples: [
          { call: "resource:files/file:///docs/a", effect: "allow" },
          { call: "resource:files/file:///etc/passwd", effect: "deny" },
          { call: "resource:files/file:///notes", effect: "deny" },
          { call: "prompt:files/review", effect: "allow" },
        ],
      }),
    ];
    expect(problemsOf({ files: FILES, rules })).toEqual([]);
  });

  test("of no locked URI are told", () => {
    const rules = [
      rule("docs", "deny", {
        match: [`resource:files/${FILE}`],
        examples: [{ call: "resource:files/http://x", effect: "deny" }],
      }),
    ];
    expect(problemsOf({ files: FILES, rules }).map(({ code }) => code)).toEqual(["example-of-nothing"]);
  });
});
