import { describe, expect, test } from "vitest";
import { type Compiled, compileCondition, type Held } from "../../src/policy/condition.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { argumentsShape } from "../../src/policy/shape.ts";
import { schema, text } from "./build.ts";

const point = schema({ x: { type: "number" }, note: text }, "x");
const input: JsonObject = {
  ...schema(
    {
      path: text,
      content: text,
      limit: { type: "integer" },
      force: { type: "boolean" },
      tags: { type: "array", items: text },
      edits: { type: "array", items: schema({ old: text, new: text }, "old") },
      at: point,
      labels: { type: "object", additionalProperties: text },
      anything: {},
      either: { anyOf: [text, { type: "number" }] },
      maybe: { type: ["string", "null"] },
      shared: { $ref: "#/$defs/shared" },
      namespace: text,
      "kebab-case": text,
    },
    "path",
    "content",
    "tags",
    "edits",
    "at",
    "anything",
    "either",
    "labels",
    "namespace",
    "kebab-case",
    "shared",
  ),
  $defs: { shared: { type: "object", properties: { id: text }, required: ["id"] } },
};
const compile = (source: string, root: string | undefined = "/work"): Compiled =>
  compileCondition(source, argumentsShape(input), root);

const ARGS: JsonObject = {
  path: "docs/a.md",
  content: "hello",
  limit: 5,
  tags: ["a", "b"],
  edits: [{ old: "1", new: "2" }, { old: "3" }],
  at: { x: 1.5 },
  labels: { "app/name": "web" },
  anything: { deep: [1, { er: null }] },
  either: 7,
  maybe: null,
  namespace: "default",
  "kebab-case": "k",
  shared: { id: "s" },
};
function holds(source: string, args: JsonObject = ARGS): Held {
  const { condition, faults } = compile(source);
  if (condition === undefined) throw new Error(JSON.stringify(faults));
  return condition.holds({ agent: "scribe", server: "files", name: "write", args });
}

describe("a condition", () => {
  test.each([
    "args.path == 'docs/a.md'",
    "within(args.path, 'docs')",
    "agent == 'scribe' && server == 'files' && name == 'write'",
    "has(args.limit) && args.limit == 5",
    "!has(args.limit) || args.limit < 6",
    "has(args.limit) ? args.limit >= 5.0 : false",
    "!(has(args.limit) && args.limit > 9)",
    "!has(args.force)",
    "size(args.content) == 5",
    "'a' in args.tags && size(args.tags) == 2",
    "args.tags.all(t, re2(t, '^[a-c]$'))",
    "args.path.re2('^docs/')",
    "args.edits.exists(e, has(e.new) && e.new == '2')",
    "args.edits.exists_one(e, !has(e.new))",
    "size(args.edits.filter(e, e.old != '1')) == 1",
    "args.at.x == 1.5 && !has(args.at.note)",
    "args.labels['app/name'] == 'web' && 'app/name' in args.labels",
    "args.anything.deep[1].er == null",
    "args.either == 7",
    "has(args.maybe) && args.maybe == null",
    "args.namespace == 'default' && args['kebab-case'] == 'k'",
    "args.shared.id == 's'",
    "args.content.contains('ell') && args.content.indexOf('l') == 2",
    "type(args.either) == double",
  ])("%s holds", (source) => expect(holds(source)).toBe(true));

  test.each([
    ["args.pth == 'x'", "condition-unknown-field", 0, "args.pth", "path"],
    ["has(args.limit) && args.edits.all(e, e.odl == '')", "condition-unknown-field", 37, "e.odl", "old"],
    ["has(args.at.nte)", "condition-unknown-field", 0, "args.at.nte", "note"],
    ["args.constructor == 1", "condition-unknown-field", 0, "args.constructor", undefined],
    ["args.__proto__ == 1", "condition-unknown-field", 0, "args.__proto__", undefined],
    ["args.limit > 5", "condition-optional-field", 0, "args.limit", undefined],
    ["args.limit > 5 && has(args.limit)", "condition-optional-field", 0, "args.limit", undefined],
    ["has(args.force) || args.limit > 5", "condition-optional-field", 19, "args.limit", undefined],
    ["(has(args.limit) || has(args.force)) && args.limit > 5", "condition-optional-field", 40, "args.limit", undefined],
    ["has(args.limit) ? true : args.limit > 5", "condition-optional-field", 25, "args.limit", undefined],
    [
      "args.edits.exists(e, has(e.new)) && args.edits.all(e, e.new == '')",
      "condition-optional-field",
      54,
      "e.new",
      undefined,
    ],
    ["args[name] == 'x'", "condition-computed-field", 0, "args", undefined],
    ["args.path.matches('^docs')", "condition-matches", 0, "matches", undefined],
    ["args.path.split('/')[0] == 'docs'", "condition-function", 0, "split", undefined],
    ["args.path.startWith('docs')", "condition-function", 0, "startWith", "startsWith"],
    ["cel.bind(x, args.path, x == x)", "condition-function", 0, "bind", undefined],
    [
      "timestamp('2026-01-01T00:00:00Z') == timestamp('2026-01-01T00:00:00Z')",
      "condition-function",
      0,
      "timestamp",
      undefined,
    ],
    ["re2(args.path, args.content)", "condition-needs-literal", 15, "re2(args.path, args.content)", undefined],
    ["args.content.contains(args.path)", "condition-needs-literal", 22, "args.content.contains(args.path)", undefined],
    ["re2(args.path, '(?=x)')", "condition-regex", 15, undefined, undefined],
    ["args.tags.all(a, args.tags.all(b, a == b))", "condition-nested", 17, "", undefined],
    ["args.tags.map(a, a + a).all(b, b == '')", "condition-nested", 0, "", undefined],
    ["args.tags.all(args, args == '')", "condition-shadow", 14, "args", undefined],
    ["within(args.path, 'docs\\\\x')", "condition-folder", 18, "docs\\x", undefined],
    ["args.path ==", "condition-syntax", 12, undefined, undefined],
    ["args.path == 5", "condition-overload", 0, "string == int", undefined],
    ["!args.path", "condition-overload", 0, "!string", undefined],
    ["args.path.startsWith(5)", "condition-overload", 0, "string.startsWith(int)", undefined],
    ["args.path && true", "condition-operand", 0, "string", undefined],
    [
      "args.tags.all(t, t)",
      "condition-type",
      17,
      "all(var, predicate) predicate must return bool, got 'string'",
      undefined,
    ],
    ["args.path", "condition-not-bool", 0, "string", undefined],
    ["size(args.path)", "condition-not-bool", 0, "int", undefined],
    ["agnet == 'x'", "condition-unknown-name", 0, "agnet", "agent"],
    [`${"!".repeat(300)}true`, "condition-syntax", undefined, undefined, undefined],
    [`${"args.path == 'x' || ".repeat(80)}true`, "condition-syntax", undefined, undefined, undefined],
  ])("%s is refused at load as %s", (source, code, offset, subject, suggestion) => {
    const { condition, faults } = compile(source);
    expect(condition).toBeUndefined();
    expect(faults[0]).toMatchObject({
      code,
      ...(offset !== undefined && { offset }),
      ...(subject !== undefined && { subject }),
      ...(suggestion !== undefined && { suggestion }),
    });
  });

  test("within() without a root is refused at load", () => {
    const { faults } = compileCondition("within(args.path, 'docs')", argumentsShape(input), undefined);
    expect(faults.map(({ code }) => code)).toEqual(["condition-no-root"]);
  });

  test("all faults are told at once", () => {
    const { faults } = compile("args.pth == 'x' && args.limit > 1 && args.path.matches('x')");
    expect(faults.map(({ code }) => code)).toEqual([
      "condition-unknown-field",
      "condition-optional-field",
      "condition-matches",
    ]);
  });

  test("a field that only another tool declares is asked for, and told apart from a slip by the caller", () => {
    const { condition, undeclared } = compile("has(args.uri) && args.uri == 'x'");
    expect([...undeclared.keys()]).toEqual(["uri"]);
    expect(condition?.holds({ agent: "a", server: "s", name: "n", args: { uri: "x" } })).toBe(true);
    expect(condition?.holds({ agent: "a", server: "s", name: "n", args: {} })).toBe(false);
  });

  test.each([
    ["args.anything.missing == 1", { anything: {} }, "no_such_key"],
    ["args.anything.constructor.name == 'Object'", { anything: {} }, "no_such_key"],
    ["args.anything.x > 1", { anything: { x: "1" } }, "no_such_overload"],
    ["args.tags[9] == ''", ARGS, "index_out_of_bounds"],
    ["args.anything", { anything: 1 }, "not-bool"],
    ["within(args.path, 'docs')", { path: "~/x" }, "home"],
    ["int(args.path) == 1", { path: "secret-value" }, "int_conversion_error"],
  ])("P11 %s has no answer for %j: %s", (source, args: JsonObject, failed) => {
    expect(holds(source, args)).toEqual({ failed });
  });

  test("what failed is told without a word of the arguments", () => {
    expect(JSON.stringify(holds("bool(args.path)", { path: "hunter2" }))).not.toContain("hunter2");
  });
});

describe("keys that mean something to JavaScript", () => {
  const hostile = JSON.parse(
    '{"path":"docs/a","content":"x","anything":{"__proto__":{"admin":true},"constructor":{"prototype":{}},"toString":1,"size":7},"labels":{"constructor":"c","__proto__":"p"}}',
  ) as JsonObject;

  test.each([
    ["args.anything.constructor.prototype == {}", true],
    ["has(args.anything.admin)", false],
    ["args.anything['__proto__'].admin", true],
    ["args.anything.toString == 1", true],
    ["args.anything.size == 7", true],
    ["size(args.anything) == 4", true],
    ["args.labels.constructor == 'c'", true],
    ["has(args.labels.hasOwnProperty)", false],
    ["has(args.labels.get)", false],
  ])("%s: %s", (source, expected) => expect(holds(source, hostile)).toBe(expected));

  test("are no way to a field that was not sent", () => {
    const inherited = Object.create({ limit: 5 }, { path: { value: "x", enumerable: true } }) as JsonObject;
    expect(holds("has(args.limit)", inherited)).toBe(false);
  });
});

/** Each would run for seconds if nothing bounded it, and then have an answer: far enough above the bound, and no further. */
describe("arguments made to stall", () => {
  const huge = "a".repeat(20_000_000);
  const wide = Array.from({ length: 200_000 }, (_, at) => `${at}`);

  test.each([
    ["size(args.content) < 10", { content: huge }],
    ["args.tags.all(t, size(args.content) > 0)", { content: "a".repeat(1_000_000), tags: wide.slice(0, 200) }],
    [
      "args.tags.exists(t, args.anything != args.anything)",
      { tags: wide.slice(0, 1000), anything: wide.slice(0, 1000) },
    ],
    ["args.anything.exists(t, t.missing)", { anything: wide.map(() => ({})) }],
    ["re2(args.content, '(a+)+$')", { content: `${"a".repeat(2_000_000)}!` }],
    ["re2(args.content, '(a?){900}a{900}$')", { content: "a".repeat(10_000) }],
    ["args.anything == [1]", { anything: wide }],
  ])("P11 %s gives up", (source, args: JsonObject) => {
    expect(holds(source, { ...ARGS, ...args })).toEqual({ failed: "too-large" });
  });

  test("P11 a pattern that backtracks elsewhere has its answer", () => {
    expect(holds("re2(args.content, '^(a+)+$')", { content: `${"a".repeat(10_000)}!` })).toBe(false);
  });

  test("P11 nesting deeper than the stack has no answer", () => {
    let deep: JsonObject = {};
    for (let at = 0; at < 50_000; at++) deep = { deep };
    expect(holds("args.anything.deep == {}", { anything: deep })).toMatchObject({
      failed: expect.any(String) as string,
    });
  });

  test("what a condition does not read costs nothing, so a large file can be written where only its path is judged", () => {
    expect(holds("within(args.path, 'docs')", { path: "docs/a", content: huge })).toBe(true);
  });

  test("an ordinary file of 1 MB can be measured and searched", () => {
    expect(
      holds("size(args.content) < 2000000 && !args.content.contains('PRIVATE KEY')", {
        content: "a".repeat(1_000_000),
      }),
    ).toBe(true);
  });
});
