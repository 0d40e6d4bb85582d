/** Resources, templates, prompts and completions: what holds for them besides what holds for tools. */

import { describe, expect, test } from "vitest";
import type { LockedItem } from "../../src/policy/manifest.ts";
import { compareRights } from "../../src/policy/widening.ts";
import { explain } from "../../src/policy/explain.ts";
import { visible } from "../../src/policy/visible.ts";
import { calm, call, decided, policyOf, problemsOf, prompt, resource, rule, template, type Wanted } from "./build.ts";

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
