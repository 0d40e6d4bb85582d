import { describe, expect, test } from "vitest";
import type { Cause } from "../../src/policy/call.ts";
import { classify } from "../../src/policy/classify.ts";
import { explain } from "../../src/policy/explain.ts";
import { visible } from "../../src/policy/visible.ts";
import * as words from "../../src/words/decisions.ts";
import { calm, call, item, place, policyOf, rule } from "./build.ts";

const docs = rule("docs", "deny", { match: ["files/write_file"], when: "!within(args.path, 'docs')", place: place(8) });
const reads = rule("reads", "ask", { match: ["files/*"], access: "read", place: place(9) });
const writes = rule("writes", "ask", { match: ["*/*"], access: "write", place: place(2, "kidoban.yaml") });
const policy = policyOf({ rules: [docs, reads], org: [writes] });

const explained = (path: unknown) => {
  const { decision, item, rules } = explain(
    policy,
    call("files/write_file", { path: path as string, content: "" }),
    calm,
  );
  return [
    decision.effect,
    decision.cause,
    item?.name,
    ...rules.map(({ id, place, held, settled }) => [id, place.line, held, settled]),
  ];
};

describe("explaining a call", () => {
  test("names every rule that matches, where it stands, what its condition said and whether it settled", () => {
    expect(explained("docs/a")).toEqual([
      "ask",
      "rule",
      "write_file",
      ["kidoban.yaml#writes", 2, true, true],
      ["scribe#docs", 8, false, false],
      ["scribe#reads", 9, "other-access", false],
    ]);
    expect(explained("/etc/passwd")).toEqual([
      "deny",
      "rule",
      "write_file",
      ["kidoban.yaml#writes", 2, true, false],
      ["scribe#docs", 8, true, true],
      ["scribe#reads", 9, "other-access", false],
    ]);
  });

  test("says which condition had no answer, and which were not asked", () => {
    expect(explained("~/x")).toContainEqual(["scribe#docs", 8, { failed: "home" }, true]);
    expect(explained(7)).toEqual([
      "deny",
      "invalid-arguments",
      "write_file",
      ["kidoban.yaml#writes", 2, "not-reached", false],
      ["scribe#docs", 8, "not-reached", false],
      ["scribe#reads", 9, "not-reached", false],
    ]);
  });

  test("has nothing to name for what is not there", () => {
    expect(explain(policy, call("nowhere/x"), calm)).toMatchObject({ decision: { cause: "not-granted" }, rules: [] });
    expect(explain(policy, call("files/x"), calm)).toMatchObject({
      decision: { cause: "not-locked" },
      grant: { server: "files" },
      rules: [],
    });
  });
});

const shownNames = (live: Parameters<typeof visible>[1], endpoint?: string) =>
  visible(policyOf(endpoint === undefined ? {} : { endpoint }), live).map(({ item }) => item.name);

describe("what an agent may be shown", () => {
  test("P1 is what some call could be let through to, in a fixed order", () => {
    const deletes = rule("deletes", "deny", { match: ["*/delete_*"] });
    const shown = visible(policyOf({ rules: [docs, deletes] }), calm);
    expect(
      shown.map(({ server, item, effect, mayAsk }) => `${server} ${item.kind} ${item.name} ${effect} ${mayAsk}`),
    ).toEqual([
      "files tool list_directory allow false",
      "files tool move_file ask true",
      "files tool read_file allow false",
      "files tool write_file depends true",
      "files resource file:///notes allow false",
      "files prompt summary allow false",
      "files completion summary allow false",
      "tracker tool create_issue ask true",
      "tracker tool query depends true",
      "tracker tool search_issues allow false",
    ]);
  });

  test("P1 leaves out what is quarantined, and all of a server behind another endpoint", () => {
    expect(shownNames({ quarantined: (_, kind, name) => kind === "tool" && name === "query" })).not.toContain("query");
    expect(shownNames(calm, "other")).toEqual(["create_issue", "query", "search_issues"]);
  });
});

test("P2 a destructive tool is never a read, whatever its lock's condition says", () => {
  const always = { source: "true", holds: () => true };
  const inputs = { agent: "a", server: "s", name: "n", args: {} };
  expect(classify(item("wipe", "write", { destructive: true }), always, inputs)).toEqual({ access: "write" });
  expect(classify(item("query", "write"), always, inputs)).toEqual({ access: "read" });
});

test("every cause of a decision has its sentence in both languages", () => {
  // A record, so that the compiler asks for a cause that is added.
  const causes: Readonly<Record<Cause, true>> = {
    "not-granted": true,
    "not-listed": true,
    "not-locked": true,
    quarantined: true,
    "endpoint-changed": true,
    "read-only": true,
    "invalid-arguments": true,
    rule: true,
    "condition-failed": true,
    "default-read": true,
    "default-write": true,
    "repeat-after-unknown": true,
  };
  for (const { causes: sentences } of [words.en, words.ja]) {
    expect(Object.keys(sentences).toSorted()).toEqual(Object.keys(causes).toSorted());
    for (const say of Object.values(sentences))
      expect(say({ agent: "A", server: "S", name: "N", rules: "R" })).toMatch(/[ASNR].*[.。]$/);
  }
});
