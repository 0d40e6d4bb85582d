import { describe, expect, it } from "vitest";
import { fitsGlob } from "../../src/approval/glob.ts";

describe("a wildcard of a pass (P2)", () => {
  it.each([
    ["docs/*.md", "docs/a-b_1.md"],
    ["*@example.com", "aiko.tanaka+night@example.com"],
    ["報告-*", "報告-十一月"],
    ["a?c", "abc"],
    ["*", ""],
    ["a*b*c", "aXbXbXc"],
    ["*a/*", "xa/y"],
    ["exactly", "exactly"],
  ])("%s fits %s", (glob, value) => {
    expect(fitsGlob(glob, value)).toBe(true);
  });

  it.each([
    ["docs/*", "docs/../etc/passwd"],
    ["docs/*", "docs/sub/a.md"],
    ["docs/*", "docs/.."],
    ["docs/*", "docs/..%2fetc"],
    ["docs/*", "docs/..\\etc"],
    ["docs/../*", "docs/../a"],
    ["*@example.com", "x@evil.com,a@example.com"],
    ["*@example.com", "x@evil.com>a@example.com"],
    ["*@example.com", "a b@example.com"],
    ["*@example.com", "a\n@example.com"],
    ["*@example.com", "a\u200b@example.com"],
    ["*@example.com", "a@example.com.evil.com"],
    ["*@example.com", "A@EXAMPLE.COM"],
    ["a?c", "a/c"],
    ["a?c", "ac"],
    ["", "a"],
  ])("%s does not fit %j", (glob, value) => {
    expect(fitsGlob(glob, value)).toBe(false);
  });

  it("is answered at once, however it is written", () => {
    expect(fitsGlob("*a".repeat(120), "a".repeat(4000) + "b")).toBe(false);
    expect(fitsGlob("*".repeat(257), "a")).toBe(false);
  });
});
