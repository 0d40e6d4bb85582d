import { describe, expect, test } from "vitest";
import type { Decision } from "../../src/policy/call.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { decide } from "../../src/policy/decide.ts";
import {
  calm,
  call,
  decided,
  floor,
  item,
  MINUTE,
  policyOf,
  rule,
  schema,
  sources,
  TRACKER,
  type Wanted,
} from "./build.ts";

interface Case {
  readonly when: Wanted;
  readonly call: string;
  readonly args?: JsonObject;
  readonly falls: Partial<Decision>;
}

const HIDDEN = { effect: "deny", hidden: true, rules: [], obligations: [] } as const;
const only = (...tools: string[]): Wanted => ({ grants: [{ server: "files", tools }] });
const readOnly: Wanted["grants"] = [
  { server: "files", access: "read-only" },
  { server: "tracker", access: "read-only" },
];
const docsOnly = rule("docs-only", "deny", {
  match: ["files/write_file"],
  when: "!within(args.path, 'docs')",
  reason: "Only docs/ may be changed.",
});
const [search, create] = TRACKER;
if (search === undefined || create === undefined) throw new Error("the tracker lacks its tools");

/** Named after what a reader of DESIGN.md section 4 would look for. */
const CASES: Readonly<Record<string, Case>> = {
  // 1: what is not there
  "P1 a server that the manifest does not name": {
    when: only("*"),
    call: "tracker/search_issues",
    falls: { ...HIDDEN, cause: "not-granted" },
  },
  "P1 a server that nobody knows": { when: {}, call: "nowhere/read_file", falls: { ...HIDDEN, cause: "not-granted" } },
  "P1 a tool outside the manifest's list": {
    when: only("read_*"),
    call: "files/write_file",
    falls: { ...HIDDEN, cause: "not-listed" },
  },
  "P1 a tool that nobody locked": { when: {}, call: "files/format_disk", falls: { ...HIDDEN, cause: "not-locked" } },
  "P1 a tool neither listed nor locked": {
    when: only("read_*"),
    call: "files/format_disk",
    falls: { ...HIDDEN, cause: "not-listed" },
  },
  "P1 a poisoned tool under a new name that resembles a locked one": {
    when: only("read_*"),
    call: "files/read_file_v2",
    falls: { ...HIDDEN, cause: "not-locked" },
  },
  "P1 a listed name in another case": {
    when: only("read_file"),
    call: "files/READ_FILE",
    falls: { ...HIDDEN, cause: "not-listed" },
  },
  "P1 a name that every object has": { when: {}, call: "files/constructor", falls: { ...HIDDEN, cause: "not-locked" } },
  "P1 a resource where the list of resources is empty": {
    when: { grants: [{ server: "files", resources: [] }] },
    call: "resource:files/file:///notes",
    falls: { ...HIDDEN, cause: "not-listed" },
  },
  "P1 a prompt is no tool of that name": { when: {}, call: "files/summary", falls: { ...HIDDEN, cause: "not-locked" } },
  "P1 a completion of what has no arguments to complete": {
    when: {},
    call: "completion:files/file:///notes",
    falls: { ...HIDDEN, cause: "not-locked" },
  },
  "P1 another server behind the same name": {
    when: { endpoint: "files-server --everything" },
    call: "files/read_file",
    falls: { ...HIDDEN, cause: "endpoint-changed" },
  },
  "P1 a server's tool that speaks in the gate's name": {
    when: { files: [item("Kidoban_wait", "read")] },
    call: "files/Kidoban_wait",
    falls: { ...HIDDEN, cause: "not-listed" },
  },
  "a tool denied outright is hidden, and so is its rule's reason to its agent": {
    when: { org: [rule("no-deletes", "deny", { match: ["*/delete_*"], reason: "By ticket." })] },
    call: "files/delete_file",
    falls: { effect: "deny", hidden: true, cause: "rule", rules: ["kidoban.yaml#no-deletes"], reason: "By ticket." },
  },
  // 2: access
  "P2 what the server calls read-only and the lock a write asks": {
    when: {
      files: [
        item("wipe", "write", {
          definition: { name: "wipe", inputSchema: schema({}), annotations: { readOnlyHint: true } },
        }),
      ],
    },
    call: "files/wipe",
    falls: { effect: "ask", access: "write", cause: "default-write" },
  },
  "a write that its lock's condition makes a read": {
    when: {},
    call: "tracker/query",
    args: { sql: "SELECT 1" },
    falls: { effect: "allow", access: "read", cause: "default-read" },
  },
  "a write that it leaves a write": {
    when: {},
    call: "tracker/query",
    args: { sql: "DROP TABLE t" },
    falls: { effect: "ask", access: "write", cause: "default-write" },
  },
  "P11 a read condition without an answer leaves a write": {
    when: {
      tracker: [
        item("query", "write", { input: schema({ sql: {} }, "sql"), readWhen: "args.sql.startsWith('SELECT ')" }),
      ],
    },
    call: "tracker/query",
    args: { sql: 7 },
    falls: { effect: "ask", access: "write", detail: "read_when: no_matching_overload" },
  },
  "P2 a destructive tool stays a write, whatever its lock's condition says": {
    when: {
      tracker: [
        item("query", "write", {
          input: schema({ sql: { type: "string" } }, "sql"),
          readWhen: "true",
          destructive: true,
        }),
      ],
    },
    call: "tracker/query",
    args: { sql: "DROP TABLE t" },
    falls: { effect: "ask", access: "write" },
  },
  // 3: the ceiling
  "P2 a write under a read-only grant": {
    when: { grants: readOnly },
    call: "files/write_file",
    falls: { ...HIDDEN, cause: "read-only", access: "write" },
  },
  "P2 a write under a read-only grant, whatever its own allow says": {
    when: { grants: readOnly, rules: [rule("all", "allow", { match: ["files/*"] })] },
    call: "files/write_file",
    falls: { ...HIDDEN, cause: "read-only" },
  },
  "P2 an ask of kidoban.yaml does not lift a read-only ceiling": {
    when: { grants: readOnly, org: [rule("look", "ask", { match: ["*/*"] })] },
    call: "files/write_file",
    falls: { ...HIDDEN, cause: "read-only" },
  },
  "an ask of kidoban.yaml holds for the reads under it": {
    when: { grants: readOnly, org: [rule("look", "ask", { match: ["*/*"] })] },
    call: "files/read_file",
    falls: { effect: "ask", cause: "rule", rules: ["kidoban.yaml#look"] },
  },
  "a call that may be a read is visible under a ceiling, and denied when it is a write": {
    when: { grants: readOnly },
    call: "tracker/query",
    args: { sql: "DROP TABLE t" },
    falls: { effect: "deny", hidden: false, cause: "read-only", access: "write" },
  },
  "and let through when it is a read": {
    when: { grants: readOnly },
    call: "tracker/query",
    args: { sql: "SELECT 1" },
    falls: { effect: "allow", access: "read" },
  },
  // 4: conditions
  "a path inside": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { path: "docs/a.md", content: "" },
    falls: { effect: "ask", cause: "default-write", rules: [] },
  },
  "a path outside": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { path: "../etc/passwd", content: "" },
    falls: {
      effect: "deny",
      hidden: false,
      cause: "rule",
      rules: ["scribe#docs-only"],
      reason: "Only docs/ may be changed.",
    },
  },
  "P11 a missing argument where a condition looks": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { content: "" },
    falls: { effect: "deny", hidden: false, cause: "invalid-arguments", rules: [], detail: "#/required" },
  },
  "P11 a mistyped argument where a condition looks": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { path: ["docs"], content: "" },
    falls: { effect: "deny", cause: "invalid-arguments", detail: "#/properties/path/type" },
  },
  "P11 an argument too many where a condition looks": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { path: "docs/a", content: "", file_path: "/etc/passwd" },
    falls: { effect: "deny", cause: "invalid-arguments", detail: "#/additionalProperties" },
  },
  "wrong arguments where none looks go to the server, which knows better": {
    when: {},
    call: "files/read_file",
    args: { path: 7 },
    falls: { effect: "allow", cause: "default-read" },
  },
  "P11 a condition over a schema that cannot be used denies every call": {
    when: {
      files: [item("odd", "read", { input: { $ref: "https://schemas.example/args.json", type: "object" } })],
      rules: [rule("never", "deny", { match: ["files/odd"], when: "false" })],
    },
    call: "files/odd",
    falls: { effect: "deny", cause: "invalid-arguments", detail: "schema" },
  },
  "P11 a path with no single meaning counts as outside": {
    when: { rules: [docsOnly] },
    call: "files/write_file",
    args: { path: "docs\\..\\..\\x", content: "" },
    falls: {
      effect: "deny",
      cause: "condition-failed",
      rules: ["scribe#docs-only"],
      detail: "scribe#docs-only: backslash",
    },
  },
  "P11 and does not count as inside where that would allow": {
    when: { rules: [rule("docs", "allow", { match: ["files/write_file"], when: "within(args.path, 'docs')" })] },
    call: "files/write_file",
    args: { path: "docs/~/../..\u0000", content: "" },
    falls: { effect: "ask", cause: "default-write", rules: [], detail: "scribe#docs: control-character" },
  },
  "P11 an ask whose condition has no answer asks": {
    when: {
      rules: [
        rule("first", "ask", { match: ["tracker/create_issue"], when: "has(args.labels) && args.labels[0] == 'x'" }),
      ],
    },
    call: "tracker/create_issue",
    args: { title: "t", labels: [] },
    falls: { effect: "ask", cause: "condition-failed", rules: ["scribe#first"] },
  },
  // 5: the strictest wins
  "deny beats ask beats allow, all in one manifest": {
    when: {
      rules: [
        rule("yes", "allow", { match: ["files/write_file"] }),
        rule("no", "deny", { match: ["files/write_*"], when: "args.path == 'x'" }),
        rule("perhaps", "ask", { match: ["files/*"] }),
      ],
    },
    call: "files/write_file",
    args: { path: "x", content: "" },
    falls: { effect: "deny", rules: ["scribe#no"] },
  },
  "P2 a manifest's allow lets a write through": {
    when: { rules: [rule("yes", "allow", { match: ["files/write_file"] })] },
    call: "files/write_file",
    falls: { effect: "allow", access: "write", cause: "rule", rules: ["scribe#yes"], obligations: [] },
  },
  "P2 but not where kidoban.yaml asks": {
    when: {
      org: [rule("writes", "ask", { match: ["*/*"], access: "write" })],
      rules: [rule("yes", "allow", { match: ["files/*"] })],
    },
    call: "files/write_file",
    falls: { effect: "ask", rules: ["kidoban.yaml#writes"] },
  },
  "a rule for writes leaves reads alone": {
    when: { org: [rule("writes", "ask", { match: ["*/*"], access: "write" })] },
    call: "files/read_file",
    falls: { effect: "allow", cause: "default-read", rules: [] },
  },
  "a rule for writes speaks of what turns out to be one": {
    when: { org: [rule("writes", "deny", { match: ["*/*"], access: "write" })] },
    call: "tracker/query",
    args: { sql: "DELETE" },
    falls: { effect: "deny", hidden: false, rules: ["kidoban.yaml#writes"] },
  },
  "*/* asks for every tool": {
    when: { rules: [rule("all", "ask", { match: ["*/*"] })] },
    call: "files/read_file",
    falls: { effect: "ask", access: "read", rules: ["scribe#all"] },
  },
  "*/* says nothing of resources": {
    when: { rules: [rule("all", "deny", { match: ["*/*"] })] },
    call: "resource:files/file:///notes",
    falls: { effect: "allow", cause: "default-read" },
  },
  "resource:*/* does, and reaches into their URIs": {
    when: { rules: [rule("all", "ask", { match: ["resource:*/file:*notes"] })] },
    call: "resource:files/file:///notes",
    falls: { effect: "ask", rules: ["scribe#all"] },
  },
  "P11 a deny holds in any case of letters": {
    when: { files: [item("DELETE_X", "write")], rules: [rule("no", "deny", { match: ["files/Delete_*"] })] },
    call: "files/DELETE_X",
    falls: { effect: "deny", rules: ["scribe#no"] },
  },
  "P11 a deny holds for a dotless ı, which Turkish upper case makes of i": {
    when: {
      files: [item("wrıte_x", "write"), item("WRİTE_Y", "write")],
      rules: [rule("no", "deny", { match: ["files/write_*"] })],
    },
    call: "files/wrıte_x",
    falls: { effect: "deny", rules: ["scribe#no"] },
  },
  "P11 and for a dotted İ": {
    when: { files: [item("WRİTE_Y", "write")], rules: [rule("no", "deny", { match: ["files/write_*"] })] },
    call: "files/WRİTE_Y",
    falls: { effect: "deny", rules: ["scribe#no"] },
  },
  "P11 and for full-width letters, soft hyphens and joiners": {
    when: {
      files: [item("ｄｅｌ\u00adete\u200d_x", "write")],
      rules: [rule("no", "deny", { match: ["files/delete_*"] })],
    },
    call: "files/ｄｅｌ\u00adete\u200d_x",
    falls: { effect: "deny", rules: ["scribe#no"] },
  },
  "P11 an allow holds only for the letters that it names": {
    when: {
      files: [item("write_x", "write"), item("Write_y", "write")],
      rules: [rule("yes", "allow", { match: ["files/write_*"] })],
    },
    call: "files/Write_y",
    falls: { effect: "ask", cause: "default-write" },
  },
  // 6: nothing matched
  "a read passes": {
    when: {},
    call: "files/read_file",
    falls: { effect: "allow", cause: "default-read", obligations: [] },
  },
  "a write asks, by the floor": {
    when: {},
    call: "files/write_file",
    falls: { effect: "ask", cause: "default-write", rules: [], obligations: [{ rule: "approvals", ...floor }] },
  },
  // 7: obligations
  "two asks with different quorums must both be met": {
    when: {
      org: [rule("two", "ask", { match: ["*/write_*"], approval: { from: ["ops"], need: 2 } })],
      rules: [
        rule("lead", "ask", {
          match: ["files/*"],
          approval: { from: ["leads"], assurance: "verified", expiresMs: MINUTE },
        }),
      ],
    },
    call: "files/write_file",
    falls: {
      effect: "ask",
      rules: ["kidoban.yaml#two", "scribe#lead"],
      obligations: [
        { rule: "approvals", from: [], need: 1, assurance: "verified", expiresMs: MINUTE, redeemMs: 5 * MINUTE },
        {
          rule: "kidoban.yaml#two",
          from: ["ops"],
          need: 2,
          assurance: "verified",
          expiresMs: MINUTE,
          redeemMs: 5 * MINUTE,
        },
        {
          rule: "scribe#lead",
          from: ["leads"],
          need: 1,
          assurance: "verified",
          expiresMs: MINUTE,
          redeemMs: 5 * MINUTE,
        },
      ],
    },
  },
  "a laxer manifest does not undercut the floor": {
    when: {
      floor: { from: ["ops"], need: 2, assurance: "verified", expiresMs: MINUTE },
      rules: [
        rule("lax", "ask", {
          match: ["files/*"],
          approval: { from: [], need: 1, assurance: "client", expiresMs: 60 * MINUTE },
        }),
      ],
    },
    call: "files/write_file",
    falls: {
      obligations: [
        { rule: "approvals", from: ["ops"], need: 2, assurance: "verified", expiresMs: MINUTE, redeemMs: 5 * MINUTE },
        { rule: "scribe#lax", from: [], need: 1, assurance: "verified", expiresMs: MINUTE, redeemMs: 5 * MINUTE },
      ],
    },
  },
  "an ask without terms demands what the floor demands, once": {
    when: { rules: [rule("plain", "ask", { match: ["files/*"] })] },
    call: "files/write_file",
    falls: { rules: ["scribe#plain"], obligations: [{ rule: "approvals", ...floor }] },
  },
  "an allow's or deny's terms oblige nobody": {
    when: {
      rules: [
        rule("plain", "ask", { match: ["files/*"] }),
        rule("yes", "allow", { match: ["files/*"], approval: { need: 9 } }),
      ],
    },
    call: "files/write_file",
    falls: { obligations: [{ rule: "approvals", ...floor }] },
  },
  // 8: names
  "all settling rules are named, sorted, and none that only matched": {
    when: {
      org: [rule("z", "deny", { match: ["*/create_*"] }), rule("b", "ask", { match: ["*/*"] })],
      rules: [
        rule("a", "deny", { match: ["tracker/*"], reason: "Second." }),
        rule("m", "deny", { match: ["tracker/create_issue"], reason: "First\n one." }),
      ],
    },
    call: "tracker/create_issue",
    args: { title: "t" },
    falls: { rules: ["kidoban.yaml#z", "scribe#a", "scribe#m"], reason: "First one.\nSecond." },
  },
  "an org rule and a manifest's of one id stay two": {
    when: {
      org: [rule("same", "ask", { match: ["*/*"] })],
      rules: [rule("same", "ask", { match: ["*/*"] })],
    },
    call: "files/read_file",
    falls: { rules: ["kidoban.yaml#same", "scribe#same"] },
  },
};

describe("how a decision falls", () => {
  for (const [name, { when, call, args, falls }] of Object.entries(CASES)) {
    test(name, () => expect(decided(when, call, args)).toMatchObject(falls));
  }

  test("P1 a quarantined definition is hidden, and only that one", () => {
    const live = {
      quarantined: (server: string, kind: string, name: string) =>
        `${kind}:${server}/${name}` === "tool:files/read_file",
    };
    expect(decided({}, "files/read_file", {}, live)).toMatchObject({ ...HIDDEN, cause: "quarantined" });
    expect(decided({}, "files/list_directory", {}, live)).toMatchObject({ effect: "allow" });
  });

  test("P1 a policy answers only for its own agent", () => {
    expect(decide(policyOf(), call("files/read_file", {}, "stranger"), calm)).toMatchObject({
      ...HIDDEN,
      cause: "not-granted",
    });
  });

  test("P1 every answer to what is not there is the same but for its cause, which only the log sees", () => {
    const hidden = Object.values(CASES)
      .map(({ when, call, args }) => decided(when, call, args))
      .filter(({ hidden }) => hidden);
    expect(hidden.length).toBeGreaterThan(10);
    for (const each of hidden) expect(each.effect).toBe("deny");
  });

  test("P1 nothing granted means deny, for everything that is locked", () => {
    const policy = policyOf({ grants: [] });
    for (const { server, items } of sources().locks.values()) {
      for (const { kind, name } of items)
        expect(decide(policy, { agent: "scribe", server, kind, name, args: {} }, calm)).toMatchObject(HIDDEN);
    }
  });

  test("P3 a decision leaves the arguments as they are", () => {
    const args = Object.freeze({ path: "docs/a", content: Object.freeze({ toString: 1 }) as unknown as string });
    const before = JSON.stringify(args);
    decided({ rules: [docsOnly] }, "files/write_file", args);
    expect(JSON.stringify(args)).toBe(before);
  });
});
