import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/policy/json.ts";
import { argumentCheck } from "../../src/policy/schema.ts";
import { schema, text } from "./build.ts";

const fits = (given: Json, args: JsonObject): string | undefined => argumentCheck(given)(args);
const draft2020 = (more: JsonObject): JsonObject => ({ type: "object", ...more });
const draft07 = (more: JsonObject): JsonObject => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  ...draft2020(more),
});

describe("arguments against a locked schema", () => {
  test("a schema without a dialect is 2020-12's", () => {
    const tuple = draft2020({
      properties: { pair: { type: "array", prefixItems: [text, { type: "number" }], items: false } },
    });
    expect(fits(tuple, { pair: ["a", 1] })).toBeUndefined();
    expect(fits(tuple, { pair: ["a", "b"] })).toBe("#/properties/pair/prefixItems/1/type");
    expect(fits({ $schema: "https://json-schema.org/draft/2020-12/schema", ...tuple }, { pair: ["a", 1, 2] })).toBe(
      "#/properties/pair/items",
    );
  });

  test("draft-07 keeps its own meaning of items and definitions", () => {
    const tuple = draft07({
      properties: {
        pair: { type: "array", items: [{ $ref: "#/definitions/t" }, { type: "number" }], additionalItems: false },
      },
      definitions: { t: text },
    });
    expect(fits(tuple, { pair: ["a", 1] })).toBeUndefined();
    expect(fits(tuple, { pair: ["a", 1, 2] })).toBe("#/properties/pair/additionalItems");
  });

  test.each<[string, Json]>([
    ["no object at all", "anything"],
    ["none", null],
    ["true", true],
    ["another dialect", { $schema: "http://json-schema.org/draft-04/schema#", type: "object" }],
    ["a dialect that is no text", { $schema: 7, type: "object" }],
    ["a reference elsewhere", draft2020({ properties: { a: { $ref: "https://evil.example/schema.json" } } })],
    ["a reference to nothing", draft2020({ properties: { a: { $ref: "#/$defs/none" } } })],
    ["a mistyped keyword", draft2020({ required: "path" })],
    ["an unknown type", draft2020({ properties: { a: { type: "strng" } } })],
    [
      "a pattern that only backtracking can match",
      draft2020({ properties: { a: { type: "string", pattern: "^(?!x)" } } }),
    ],
    ["one that answers with a promise", draft2020({ $async: true, properties: { a: text } })],
  ])("P11 a schema that is %s fits nothing and breaks nothing", (_name, given) => {
    expect(fits(given, { a: "x" })).toBe("schema");
    expect(fits(given, {})).toBe("schema");
  });

  test("P11 names that every JavaScript object has are not there unless they were sent", () => {
    const needs = draft2020({ properties: { toString: text }, required: ["constructor"] });
    expect(fits(needs, {})).toBe("#/required");
    expect(fits(needs, { constructor: 1 })).toBeUndefined();
    expect(
      fits(draft2020({ additionalProperties: false }), JSON.parse('{"__proto__":{"path":"x"}}') as JsonObject),
    ).toBe("#/additionalProperties");
  });

  test("P11 a server's own pattern cannot be made to backtrack", () => {
    const hostile = draft07({
      properties: { a: { type: "string", pattern: "^(a+)+$" } },
      patternProperties: { "^(b+)+$": text },
    });
    expect(fits(hostile, { a: `${"a".repeat(20_000)}!` })).toBe("#/properties/a/pattern");
    expect(fits(hostile, { [`${"b".repeat(20_000)}!`]: 1 })).toBeUndefined();
  });

  test("P11 uniqueItems over many objects does not compare every pair", () => {
    const unique = draft2020({ properties: { a: { type: "array", uniqueItems: true } } });
    const many = Array.from({ length: 50_000 }, (_, x) => ({ x, y: [x] }));
    expect(fits(unique, { a: many })).toBeUndefined();
    expect(fits(unique, { a: [...many, { y: [7], x: 7 }] })).toBe("#/properties/a/uniqueItems");
    expect(fits(unique, { a: [1, "1", true, null, [1], { a: 1 }] })).toBeUndefined();
  });

  // Two to the power of 20: seconds without a bound, then an answer.
  test.each<[string, JsonObject]>([
    ["a recursive schema", { properties: { a: { anyOf: [{ $ref: "#" }, { $ref: "#" }] } }, maxProperties: 1 }],
    [
      "one that refers dynamically",
      { $dynamicAnchor: "node", properties: { a: { anyOf: [{ $dynamicRef: "#node" }, { $dynamicRef: "#node" }] } } },
    ],
    [
      "definitions that refer to one another",
      Object.fromEntries([
        ["$ref", "#/$defs/d0"],
        [
          "$defs",
          Object.fromEntries(
            Array.from({ length: 21 }, (_, at) => [
              `d${at}`,
              at === 20
                ? { required: ["b"] }
                : { anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
            ]),
          ),
        ],
      ]),
    ],
  ])("P11 alternatives in %s are not tried without end", (_name, more) => {
    let deep: JsonObject = { a: 1, b: 1 };
    for (let at = 0; at < 20; at++) deep = { a: deep };
    expect(fits(draft2020(more), deep)).toBe("schema");
  });

  test("P1 no server's schema lends another's its definitions", () => {
    const id = "https://files.example/path";
    expect(fits(draft2020({ $id: id, properties: { a: text } }), { a: "x" })).toBeUndefined();
    expect(fits(draft2020({ $id: id, properties: { a: { type: "number" } } }), { a: "x" })).toBe("#/properties/a/type");
    expect(fits(draft2020({ $defs: { a: { $id: "https://b.example/" } }, properties: {} }), {})).toBeUndefined();
    expect(fits(draft2020({ properties: { a: { $ref: id } } }), { a: "x" })).toBe("schema");
    expect(fits(draft2020({ properties: { a: { $ref: "https://b.example/" } } }), { a: "x" })).toBe("schema");
  });

  test("a large document fits a recursive schema", () => {
    const tree = draft2020({ properties: { children: { type: "array", items: { $ref: "#" } }, name: text } });
    const leaves = Array.from({ length: 200 }, () => ({ name: "x".repeat(20), children: [] }));
    const branches = Array.from({ length: 200 }, () => ({ name: "y", children: leaves }));
    expect(fits(tree, { name: "z", children: branches })).toBeUndefined();
  });

  test("P11 arguments nested deeper than the stack fit nothing", () => {
    let deep: JsonObject = {};
    for (let at = 0; at < 100_000; at++) deep = { deep };
    expect(fits(draft2020({ properties: { deep: { $ref: "#" } } }), deep)).toBe("schema");
  });

  test("what is told holds nothing of the arguments", () => {
    expect(fits(schema({ path: text }), { hunter2: "hunter2" })).not.toContain("hunter2");
  });

  test("checking changes nothing: no defaults, no conversions", () => {
    const args = { n: "5" };
    fits(draft2020({ properties: { n: { type: "string", default: "1" }, m: { default: 1 } } }), args);
    expect(args).toEqual({ n: "5" });
  });
});
