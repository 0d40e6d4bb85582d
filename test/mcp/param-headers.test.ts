import { describe, expect, it } from "vitest";
import type { Json } from "../../src/policy/json.ts";
import { headerValue, markedArguments, paramHeaders } from "../../src/mcp/param-headers.ts";

const marked = (property: Json, more: { readonly [key: string]: Json } = {}): Json => ({
  type: "object",
  properties: { a: property },
  ...more,
});

describe("arguments that become headers", () => {
  it.each([
    ["us-west1", "us-west1"],
    ["Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
    [" padded ", "=?base64?IHBhZGRlZCA=?="],
    ["line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
    ["=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
    ["inner space\tand tab", "inner space\tand tab"],
    ["", "=?base64??="],
  ])("P10: are encoded as the specification's own examples are: %j", (value, header) =>
    expect(headerValue(value)).toBe(header),
  );

  it("are found at any depth of properties, and nowhere else", () => {
    const inner = { type: "string", "x-mcp-header": "Deep" };
    expect(markedArguments(marked({ type: "object", properties: { b: inner } }))).toEqual([
      { path: ["a", "b"], header: "Mcp-Param-Deep" },
    ]);
    for (const elsewhere of [
      { items: inner },
      { oneOf: [inner] },
      { additionalProperties: inner },
      { $defs: { x: inner } },
    ])
      expect(markedArguments(marked({ type: "object", ...elsewhere }))).toMatch(/where no property leads/);
    expect(markedArguments({ type: "object", "x-mcp-header": "Root" })).toMatch(/where no property leads/);
  });

  it("make a tool unusable when they are marked wrongly", () => {
    expect(markedArguments(marked({ type: "string", "x-mcp-header": "a b" }))).toMatch(/no header name/);
    expect(markedArguments(marked({ type: "string", "x-mcp-header": "" }))).toMatch(/no header name/);
    expect(markedArguments(marked({ type: "string", "x-mcp-header": 1 }))).toMatch(/no header name/);
    expect(markedArguments(marked({ type: "array", "x-mcp-header": "X" }))).toMatch(/no string, integer or boolean/);
    const twice = { a: { type: "string", "x-mcp-header": "X" }, b: { type: "string", "x-mcp-header": "x" } };
    expect(markedArguments({ type: "object", properties: twice })).toMatch(/twice/);
    let deep: Json = {};
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    expect(markedArguments(deep)).toMatch(/too deeply/);
  });

  it("never come from a prototype", () => {
    const path = [
      { path: ["toString"], header: "Mcp-Param-X" },
      { path: ["__proto__", "x"], header: "Mcp-Param-Y" },
    ];
    expect(paramHeaders(path, {})).toEqual({});
  });
});
