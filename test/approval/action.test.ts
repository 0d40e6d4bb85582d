import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionDigest, readCode, requestCode, type Action } from "../../src/approval/action.ts";

const action: Action = {
  v: 1,
  agent: "docs-writer",
  server: "files",
  endpoint: "npx files",
  kind: "tool",
  name: "write_file",
  definition: "ab".repeat(32),
  arguments: { path: "a", list: [1, 2], flag: true },
};

describe("the digest of an action", () => {
  it("is the sha256 of the canonical JSON that RFC 8785 gives (P3)", () => {
    // Computed apart, with sha256sum over the line that RFC 8785 prescribes.
    expect(actionDigest({ ...action, arguments: { b: 1e21, a: "€", "\u20ac": -0 } })).toBe(
      "99af217f4fe3345d43403716a7ca8a8fe07bc2e3c13df3eee2eb251ac985da6f",
    );
  });

  it("does not depend on the order of members, at any depth (P3)", () => {
    const turned = Object.fromEntries(Object.entries(action).toReversed()) as unknown as Action;
    const args = { flag: true, list: [1, 2], path: "a" };
    expect(actionDigest({ ...turned, arguments: args })).toBe(actionDigest(action));
  });

  it("changes with every field, so that no approval can serve another call (P2, P3)", () => {
    const others: readonly Partial<Action>[] = [
      { agent: "docs-reader" },
      { server: "other" },
      { endpoint: "npx files --root /" },
      { kind: "prompt" },
      { name: "edit_file" },
      { definition: "cd".repeat(32) },
      { arguments: { path: "b", list: [1, 2], flag: true } },
      { arguments: { path: "a", list: [2, 1], flag: true } },
      { arguments: { path: "a", list: [1, 2], flag: "true" } },
      { arguments: { path: "a", list: [1, 2] } },
      { arguments: { path: "a", list: [1, 2], flag: true, more: null } },
    ];
    const digests = others.map((other) => actionDigest({ ...action, ...other }));
    expect(new Set([...digests, actionDigest(action)]).size).toBe(others.length + 1);
  });

  it("tells a member called __proto__ from none (P3)", () => {
    const args = JSON.parse('{"path":"a","__proto__":{"x":1}}') as Action["arguments"];
    expect(actionDigest({ ...action, arguments: args })).not.toBe(
      actionDigest({ ...action, arguments: { path: "a" } }),
    );
  });

  it("refuses text that UTF-8 cannot hold, which two programs would read differently (P11)", () => {
    expect(() => actionDigest({ ...action, arguments: { path: "\ud800" } })).toThrow(/surrogate/i);
  });
});

describe("the short code", () => {
  it("is six symbols without I, L, O and U, and survives being typed badly", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const code = requestCode(one, other);
        expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$/);
        const typed = ` ${code.toLowerCase().replace("-", "").replaceAll("0", "o").replaceAll("1", "l")} `;
        expect(readCode(typed)).toBe(code);
      }),
    );
  });

  it("differs between two requests for the same action", () => {
    expect(requestCode("a", "1")).not.toBe(requestCode("a", "2"));
  });

  it("is nothing for a text that cannot be one", () => {
    for (const typed of ["", "K7Q-2F", "K7Q-2FDX", "K7Q_2FD", "K7U-2FD", "ｋ7Q-2FD", "K7Q-2F\0"]) {
      expect(readCode(typed)).toBeUndefined();
    }
  });
});
