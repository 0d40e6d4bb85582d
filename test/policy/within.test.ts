import { describe, expect, test } from "vitest";
import { within } from "../../src/policy/within.ts";

describe("within", () => {
  test.each([
    ["docs/a.md", "docs"],
    ["docs", "docs"],
    ["docs/", "docs"],
    ["./docs//a/./b", "docs/"],
    ["docs/x/../a", "docs"],
    ["/srv/docs/a", "docs"],
    ["docs/a", "/srv/docs"],
    ["x/../docs/a", "docs"],
    ["../srv/docs/a", "docs"],
    ["docs/note: today.md", "docs"],
    ["docs/…/a", "docs"],
    ["docs/日本語/é.md", "docs"],
    [".", "."],
    ["anything", "."],
    ["/etc/passwd", "/"],
  ])("%s is within %s", (path, folder) => expect(within("/srv", path, folder)).toBe(true));

  test.each([
    ["../etc/passwd", "docs"],
    ["docs/../../etc/passwd", "docs"],
    ["docs/../x", "docs"],
    ["docs-evil/a", "docs"],
    ["docs.md", "docs"],
    ["doc", "docs"],
    ["/docs/a", "docs"],
    ["/etc/passwd", "."],
    ["..", "."],
    ["/srv/../etc", "."],
    ["/", "docs"],
  ])("%s is not within %s", (path, folder) => expect(within("/srv", path, folder)).toBe(false));

  // Neither answer may be had for these, so that neither within() nor !within() is talked round.
  test.each([
    ["", "empty-path"],
    [" ../etc/passwd", "outer-space"],
    ["docs/a\u3000", "outer-space"],
    ["docs\\..\\..\\etc", "backslash"],
    ["docs/a\0.md", "control-character"],
    ["docs/a\u007f", "control-character"],
    ["~/.ssh/id_ed25519", "home"],
    ["~root/x", "home"],
    ["C:/Windows", "drive-or-uri"],
    ["c:docs/x", "drive-or-uri"],
    ["file:///etc/passwd", "drive-or-uri"],
    ["FILE:etc/passwd", "drive-or-uri"],
    ["http://x/docs", "drive-or-uri"],
    ["docs/%2e%2E/x", "escaped"],
    ["docs/..%2fx", "escaped"],
    ["docs/%5c..", "escaped"],
    ["docs/.. /x", "dots"],
    ["docs/.../x", "dots"],
    ["docs/‥/x", "spelling"],
    ["docs/．．/x", "spelling"],
    ["docs/a／../../x", "spelling"],
    ["Docs/a", "spelling"],
    ["d\u200bocs/a", "spelling"],
    ["docs/a/..\u200b/../x", "spelling"],
  ])("%j has no answer: %s", (path, unclear) => {
    expect(within("/srv", path, "docs")).toEqual({ unclear });
  });

  test("nor has an unclear folder", () => expect(within("/srv", "docs/a", "docs\\")).toEqual({ unclear: "backslash" }));

  test("a path as long as a message ends at once", () => {
    expect(within("/srv", `docs/${"../".repeat(300_000)}x`, "docs")).toBe(false);
    expect(within("/srv", `docs/${"a/".repeat(300_000)}x`, "docs")).toBe(true);
  });

  test("a Windows root is split at its own separators", () => {
    expect(within("C:\\work", "docs/a", "docs")).toBe(true);
    expect(within("C:\\work", "../x", ".")).toBe(false);
  });
});
