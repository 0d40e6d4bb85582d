import { describe, expect, test } from "vitest";
import { fold } from "../../src/policy/fold.ts";
import { isProblem, matches, matchesText, parsePattern } from "../../src/policy/pattern.ts";
import { pattern, place } from "./build.ts";

const at = place(7);

describe("a pattern", () => {
  test.each([
    ["files/read_*", "tool", "files", "read_*"],
    ["resource:files/file:///a/b", "resource", "files", "file:///a/b"],
    ["prompt:*/x", "prompt", "*", "x"],
    ["completion:a/b/c", "completion", "a", "b/c"],
    ["files/resource:x", "tool", "files", "resource:x"],
  ])("%s is a %s of %s named %s", (text, kind, server, name) => {
    expect(parsePattern(text, at)).toEqual({ kind, server, name, text, place: at });
  });

  test.each([
    ["read_file", "pattern-without-slash", {}],
    ["tol:files/x", "pattern-unknown-kind", { kind: "tol", suggestion: "tool" }],
    ["constructor:files/x", "pattern-unknown-kind", { kind: "constructor", suggestion: "" }],
    [":files/x", "pattern-unknown-kind", { kind: "" }],
    ["/x", "pattern-empty-part", {}],
    ["files/", "pattern-empty-part", {}],
  ])("%s is refused as %s, at its place", (text, code, values) => {
    const parsed = parsePattern(text, at);
    expect(isProblem(parsed)).toBe(true);
    expect(parsed).toMatchObject({ code, place: at, severity: "error", values: { text, ...values } });
  });

  test.each([
    ["*", "", true],
    ["?", "", false],
    ["a*c", "ac", true],
    ["a*c", "abcc", true],
    ["a*c", "abcd", false],
    ["a?c", "a😀c", true],
    ["*a*b*", "xxaxxbxx", true],
    ["*a*b*", "xxbxxaxx", false],
    ["**", "x", true],
    ["a*", "a/b/c", true],
    ["[ab]", "a", false],
    ["a.c", "abc", false],
    ["(a|b)+", "a", false],
    ["\\*", "x", false],
    ["\\*", "\\x", true],
  ])("%s against %j: %s", (written, text, expected) => {
    expect(matchesText(written, text, false)).toBe(expected);
  });

  test("its wildcards do not reach across the slash", () => {
    const target = { kind: "tool", server: "files", name: "read" } as const;
    for (const text of ["f*d/x", "*/f*read", "file?read/x"])
      expect(matches(pattern(text), target, { ignoreCase: true })).toBe(false);
    expect(matches(pattern("f*s/r*d"), target, { ignoreCase: false })).toBe(true);
  });

  test("a full-width wildcard is no wildcard, even where width is ignored", () => {
    expect(matchesText("＊", "anything", true)).toBe(false);
    expect(matchesText("＊", "*", true)).toBe(true);
  });

  test("an adversarial name costs at most its length times the pattern's: a backtracking matcher would never end here", () => {
    expect(matchesText(`${"*a".repeat(30)}*b`, "a".repeat(50_000), false)).toBe(false);
    expect(matchesText(`${"?*".repeat(50)}b`, "a".repeat(5_000), true)).toBe(false);
  });
});

describe("folding", () => {
  test.each(["delete", "DELETE", "dElEtE", "ｄｅｌｅｔｅ", "dele\u200bte", "dele\u0301te", "𝐝𝐞𝐥𝐞𝐭𝐞", "ⓓⓔⓛⓔⓣⓔ"])(
    "takes %j for delete",
    (text) => {
      expect(fold(text)).toBe("delete");
    },
  );

  test.each([
    ["ſ", "s"],
    ["ı", "i"],
    ["İ", "i"],
    ["K", "k"],
    ["ß", "ss"],
    ["ﬁ", "fi"],
    ["‥", ".."],
  ])("takes %s for %s", (a, b) => expect(fold(a)).toBe(fold(b)));

  test("leaves what is another letter another letter", () => {
    expect(fold("削除")).toBe("削除");
    expect(fold("a")).not.toBe(fold("b"));
  });
});
