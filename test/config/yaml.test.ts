import { expect, test } from "vitest";
import { parseYaml } from "../../src/config/yaml.ts";

const codes = (text: string) => parseYaml("f.yaml", text).problems.map(({ code }) => code);

test("YAML 1.2 scalars: words and leading zeros stay what was written", () => {
  const { value, problems } = parseYaml("f.yaml", 'a: no\nb: 1e3\nc: 010\nd: "1"\ne:\nf: 2026-11-21\ng: 12:30:45\n');
  expect(problems).toEqual([]);
  expect(value).toEqual({ a: "no", b: 1000, c: 10, d: "1", e: null, f: "2026-11-21", g: "12:30:45" });
});

test("an alias bomb is refused before it grows", () => {
  const levels = Array.from(
    { length: 25 },
    (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]\n`,
  );
  const bomb = `a0: &a0 [x, x]\n${levels.join("")}`;
  const { value, problems } = parseYaml("f.yaml", bomb);
  expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["yaml-alias"]));
  expect(JSON.stringify(value).length).toBeLessThan(2000);
});

test("%YAML and %TAG are refused, a percent sign elsewhere is not", () => {
  expect(codes("%YAML 1.1\n---\na: 1\n")).toEqual(["yaml-directive"]);
  expect(codes("%TAG !e! tag:example.com,2000:\n---\na: 1\n")).toEqual(["yaml-directive"]);
  expect(codes('a: "100%"\n"%b": |\n  %c\n')).toEqual([]);
});

test("keys that are no texts, or only a text by a tag, are refused", () => {
  expect(codes("1: a\n")).toEqual(["key-not-text"]);
  expect(codes("true: a\n")).toEqual(["key-not-text"]);
  expect(codes("[a]: a\n")).toEqual(["key-not-text"]);
  expect(codes("!!str 1: a\n")).toEqual(["yaml-tag"]);
  expect(codes("&x a: b\n")).toEqual(["yaml-alias"]);
  expect(codes('"1": a\n')).toEqual([]);
});

test("__proto__ cannot be smuggled into an object", () => {
  const { value, problems } = parseYaml("f.yaml", '"__proto__": { polluted: 1 }\nconstructor: 2\n');
  expect(problems.map(({ code }) => code)).toEqual(["key-forbidden"]);
  expect(Object.entries(value as object)).toEqual([["constructor", 2]]);
});

test("duplicate keys are found however they are quoted, and the first one's line is told", () => {
  const { problems } = parseYaml("f.yaml", "a:\n  x: 1\n  \"x\": 2\n  'x': 3\n");
  expect(problems.map(({ code, values, place }) => [code, values["line"], place.line])).toEqual([
    ["duplicate-key", "2", 3],
    ["duplicate-key", "2", 4],
  ]);
});

test("what nests too deep or is too large is refused, not a crash", () => {
  expect(codes(`a: ${"[".repeat(200)}${"]".repeat(200)}\n`)).toEqual(["too-deep"]);
  // Wherever the parser's own stack ends.
  for (const depth of [5_000, 7_500, 20_000])
    expect(codes(`a: ${"[".repeat(depth)}${"]".repeat(depth)}\n`)).toEqual(["too-deep"]);
  expect(codes(`a: "${"x".repeat(5 * 1024 * 1024)}"\n`)).toEqual(["too-large"]);
});

test("a place is that of the key, the value, or the text behind a quote or a block's header", () => {
  const yaml = parseYaml(
    "f.yaml",
    `a:\n  plain: x\n  quoted: "x"\n  block: |\n\n    x\n  list: [1, { b: 2 }]\n  none:\n`,
  );
  const at = (path: (string | number)[], part?: "key" | "value" | "text") => {
    const { line, column } = yaml.place(path, part);
    return `${line}:${column}`;
  };
  expect(at(["a", "plain"], "key")).toBe("2:3");
  expect(at(["a", "plain"], "text")).toBe("2:10");
  expect(at(["a", "quoted"])).toBe("3:11");
  expect(at(["a", "quoted"], "text")).toBe("3:12");
  expect(at(["a", "block"], "text")).toBe("6:5");
  expect(at(["a", "list", 1, "b"])).toBe("7:18");
  expect(at(["a", "missing", "deeper"])).toBe("1:1");
  expect(at(["a", "list", 7])).toBe("7:3");
  expect(at([])).toBe("1:1");
});
