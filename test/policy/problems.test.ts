import { describe, expect, test } from "vitest";
import { isLiteral } from "../../src/policy/pattern.ts";
import { compileAccepted, compilePolicy } from "../../src/policy/policy.ts";
import * as words from "../../src/words/policy-problems.ts";
import { item, place, problemsOf, rule, schema, sources, text, type Wanted } from "./build.ts";

const at = (line: number) => ({ place: place(line) });
const org = (line: number) => ({ place: place(line, "kidoban.yaml") });
const docs = { match: ["files/write_file"], when: "!within(args.path, 'docs')" };

/** What is wrong, what is told, where. Warnings end in `?`. */
const BROKEN: Readonly<Record<string, readonly [Wanted, ...string[]]>> = {
  "a typo in match": [
    { rules: [rule("a", "deny", { match: ["files/writ_file"], ...at(12) })] },
    "12 name-not-locked writ_file files write_file",
  ],
  "a name of another kind": [
    { rules: [rule("a", "deny", { match: ["prompt:files/read_file"], ...at(12) })] },
    "12 name-not-locked read_file files ",
  ],
  "a literal name on any server that none has": [
    { org: [rule("a", "deny", { match: ["*/delete_fil"], ...org(5) })] },
    "5 name-not-locked delete_fil * delete_file",
  ],
  "a name in another case, for an allow": [
    { rules: [rule("a", "allow", { match: ["files/Write_File"], ...at(9) })] },
    "9 name-not-locked Write_File files write_file",
  ],
  "a name in another case, for a deny": [{ rules: [rule("a", "deny", { match: ["files/Write_File"], ...at(9) })] }],
  "a wildcard that matches nothing": [
    { rules: [rule("a", "deny", { match: ["files/*_issue"], ...at(9) })] },
    "9 match-nothing? files/*_issue a",
  ],
  "servers that match nothing": [
    { org: [rule("a", "deny", { match: ["x*/*"], ...org(9) })] },
    "9 match-nothing? x*/* a",
  ],
  "a typo in a list": [
    { grants: [{ server: "files", tools: ["read_fil", "write_*"] }] },
    "3 name-not-locked read_fil files read_file",
  ],
  "one id in both files is two rules": [
    { org: [rule("a", "ask", { match: ["*/*"] })], rules: [rule("a", "ask", { match: ["*/*"] })] },
  ],
  "an allow whose every match is a plain write under a read-only grant": [
    {
      grants: [{ server: "files", access: "read-only" }],
      rules: [rule("a", "allow", { match: ["files/write_*", "files/move_file"], ...at(7) })],
    },
    "7 allow-never-holds a files",
  ],
  "one that matches a read as well": [
    { grants: [{ server: "files", access: "read-only" }], rules: [rule("a", "allow", { match: ["files/*"] })] },
  ],
  "one that matches what may be a read": [
    { grants: [{ server: "tracker", access: "read-only" }], rules: [rule("a", "allow", { match: ["tracker/query"] })] },
  ],
  "one whose server is granted read-write": [{ rules: [rule("a", "allow", { match: ["files/write_file"] })] }],
  "no approver needed": [
    { rules: [rule("a", "ask", { match: ["*/*"], approval: { need: 0 }, ...at(5) })] },
    "5 quorum-of-none a 0",
  ],
  "half an approver needed, by the floor": [{ floor: { need: 0.5 } }, "1 quorum-of-none approvals 0.5"],
  "no time to answer": [
    { rules: [rule("a", "ask", { match: ["*/*"], approval: { expiresMs: 0 }, ...at(5) })] },
    "5 time-of-none a",
  ],
  "two approvers behind one client": [
    { rules: [rule("a", "ask", { match: ["*/*"], approval: { need: 2, assurance: "client" }, ...at(5) })] },
    "5 quorum-of-one-client? a 2",
  ],
  "an owner kept from approving whom nobody named": [
    {
      rules: [rule("a", "ask", { match: ["*/*"], approval: { distinct: ["owner"] }, ...at(5) })],
      floor: { distinct: ["owner"] },
    },
    "1 distinct-without-owner approvals scribe",
    "5 distinct-without-owner a scribe",
  ],
  "a condition that is wrong for all tools that it is met on, told once": [
    { rules: [rule("a", "deny", { match: ["files/*_file"], when: "args.path.startWith('x')", ...at(4) })] },
    "4 condition-function a files/read_file, files/write_file, files/move_file (+1) 1 args.path.startWith('x') startWith startsWith",
    "4 condition-unknown-field a files/move_file 1 args.path.startWith('x') args.path ",
  ],
  "a field that only some of the matched tools have": [
    { rules: [rule("a", "deny", { match: ["files/*_file"], when: "has(args.content) && args.content == ''" })] },
  ],
  "a field that none of the matched tools has": [
    {
      rules: [
        rule("a", "deny", { match: ["files/*_file"], when: "has(args.contents) && args.contents == ''", ...at(4) }),
      ],
    },
    "4 condition-unknown-field a files/read_file, files/write_file, files/move_file (+1) 1 has(args.contents) && args.contents == '' args.contents ",
  ],
  "within() on a server without a root": [
    { root: null, rules: [rule("a", "deny", { ...docs, ...at(4) })] },
    `4 condition-no-root a files/write_file 2 ${docs.when} within `,
  ],
  "a read_when that is no condition": [
    { files: [item("q", "write", { input: schema({ sql: text }, "sql"), readWhen: "args.sql" })] },
    "1 condition-not-bool read_when files/q 1 args.sql string ",
  ],
  "an example that comes out otherwise": [
    {
      rules: [
        rule("a", "deny", {
          ...docs,
          examples: [{ call: "files/write_file", args: { path: "docs/x", content: "" }, effect: "deny" }],
          ...at(4),
        }),
      ],
    },
    "4 example-differs a files/write_file deny ask default-write",
  ],
  "an example whose arguments do not fit": [
    {
      rules: [
        rule("a", "deny", {
          ...docs,
          examples: [{ call: "files/write_file", args: { path: "docs/x" }, effect: "ask" }],
          ...at(4),
        }),
      ],
    },
    "4 example-differs a files/write_file ask deny invalid-arguments, #/required",
  ],
  "an example as it should be": [
    {
      rules: [
        rule("a", "deny", {
          ...docs,
          examples: [{ call: "files/write_file", args: { path: "../x", content: "" }, effect: "deny" }],
        }),
      ],
    },
  ],
  "an example of no call": [
    {
      rules: [
        rule("a", "deny", {
          match: ["files/*"],
          examples: [
            { call: "files/unlink", effect: "deny" },
            { call: "unlink", effect: "deny" },
          ],
          ...at(4),
        }),
      ],
    },
    "4 example-of-nothing a files/unlink",
    "4 example-of-nothing a unlink",
  ],
  "kidoban.yaml's example under a manifest that is stricter": [
    {
      grants: [],
      org: [rule("a", "ask", { match: ["*/*"], examples: [{ call: "files/write_file", effect: "ask" }] })],
    },
  ],
  "kidoban.yaml's example that comes out looser": [
    {
      org: [
        rule("a", "ask", {
          match: ["*/*"],
          access: "write",
          examples: [{ call: "files/read_file", effect: "ask" }],
          ...org(4),
        }),
      ],
    },
    "4 example-differs a files/read_file ask allow default-read",
  ],
};

const codes = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);

describe("what is wrong is told at load", () => {
  for (const [name, [wanted, ...expected]] of Object.entries(BROKEN)) {
    test(name, () => {
      const told = problemsOf(wanted).map(
        ({ place, code, severity, values }) =>
          `${place.line} ${code}${severity === "warning" ? "?" : ""} ${Object.values(values).join(" ")}`,
      );
      expect(told.toSorted()).toEqual(expected.toSorted());
    });
  }

  test("a server without a lock is one warning, and nothing of it can be called", () => {
    const made = sources({ rules: [rule("a", "deny", { match: ["files/anything"] })] });
    const { policy, problems } = compilePolicy({ ...made, locks: new Map() });
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ["no-lock", "warning"],
      ["no-lock", "warning"],
    ]);
    expect(policy.servers.get("files")?.targets.tool.size).toBe(0);
  });

  test("examples are not run where rules are wrong, nor again for what was accepted", () => {
    const wrong = rule("a", "deny", { match: ["files/*"], examples: [{ call: "files/read_file", effect: "allow" }] });
    expect(codes(compilePolicy(sources({ rules: [wrong] })).problems)).toEqual(["example-differs"]);
    const typo = rule("b", "deny", { match: ["files/wipe_all"] });
    expect(codes(compilePolicy(sources({ rules: [wrong, typo] })).problems)).toEqual(["name-not-locked"]);
    expect(codes(compileAccepted(sources({ rules: [wrong] })).problems)).toEqual([]);
  });

  test("every problem has its sentence in both languages, and each says what it is about", () => {
    const met = new Set<string>();
    for (const [wanted] of Object.values(BROKEN)) {
      for (const { code, values } of problemsOf(wanted)) {
        met.add(code);
        for (const language of [words.en, words.ja]) {
          const say = new Map<string, (values: never) => string>(Object.entries(language)).get(code);
          const sentence = say?.(values as never) ?? "";
          expect(sentence, code).not.toMatch(/undefined|\n|\.$|。$/);
          for (const [key, value] of Object.entries(values)) {
            if (key !== "source" && isLiteral(value)) expect(sentence, `${code}: ${key}`).toContain(value);
          }
        }
      }
    }
    // Those have their own tests.
    const elsewhere = /^(?:pattern-.*|condition-.*|no-lock)$/;
    expect(Object.keys(words.en).filter((code) => !met.has(code) && !elsewhere.test(code))).toEqual([]);
  });
});
