import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLock } from "../../src/config/lock-file.ts";
import { writeLock } from "../../src/config/lock-write.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import type { LockedItem } from "../../src/policy/manifest.ts";
import { anyText } from "../texts.ts";

const place = { file: "", line: 1, column: 1 };
const item = (name: string, definition: JsonObject, rest: Partial<LockedItem> = {}): LockedItem => ({
  kind: "tool",
  name,
  access: "write",
  destructive: true,
  volatile: [],
  definition: { ...definition, name },
  place,
  ...rest,
});
const byName = (some: readonly LockedItem[] = []) => new Map(some.map(({ name, definition }) => [name, definition]));
const written = (...items: LockedItem[]) => writeLock({ endpoint: "npx server ./workspace", items });
const read = (text: string) => {
  const { lock, problems } = readLock("kidoban.lock/files.yaml", text, "files");
  expect(problems).toEqual([]);
  return lock?.items ?? [];
};

test("a lock is written as people review it", () => {
  const text = written(
    item(
      "write_file",
      {
        description: "Create a file.\nOverwrites:\n  without asking.",
        inputSchema: {
          type: "object",
          properties: { path: { type: "string" } },
          required: ["path"],
          additionalProperties: false,
        },
      },
      {
        reviewed: { by: "aiko", on: "2026-11-21" },
        preview: { kind: "change", read: "read_file", with: { path: "args.path" }, becomes: "args.content" },
      },
    ),
    item(
      "read_file",
      { inputSchema: {}, annotations: { title: "no", readOnlyHint: true } },
      { access: "read", destructive: false, volatile: ["/description"] },
    ),
    item("append", { inputSchema: {} }, { destructive: false, readWhen: { source: "args.dry == true", place } }),
  );
  expect(text).toBe(`# Written by \`kidoban pin\`; reviewed like code.
kidoban: 1
endpoint: npx server ./workspace
tools:
  append:
    access: write
    read_when: args.dry == true
    destructive: false
    definition:
      inputSchema: {}
      name: append
  read_file:
    access: read
    volatile:
      - "/description"
    definition:
      inputSchema: {}
      annotations:
        title: "no"
        readOnlyHint: true
      name: read_file
  write_file:
    access: write
    destructive: true
    reviewed:
      by: aiko
      "on": "2026-11-21"
    preview:
      read: read_file
      with:
        path: args.path
      becomes: args.content
    definition:
      description: |-
        Create a file.
        Overwrites:
          without asking.
      inputSchema:
        type: object
        properties:
          path:
            type: string
        required:
          - path
        additionalProperties: false
      name: write_file
`);
});

test("what hides in a definition is an escape in the lock, so that its reviewer sees it", () => {
  const hidden = "Adds two numbers.\u202e\u200b\u{e0041}\u{e0042}\u00ad\u001b[2K";
  const text = written(item("add", { description: hidden, "\u200bname": `${hidden}\nmore` }));
  expect(text).toContain('description: "Adds two numbers.\\u202e\\u200b\\U000e0041\\U000e0042\\u00ad\\u001b[2K"');
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cf}\p{Cc}]/u);
  expect(read(text)[0]?.definition["description"]).toBe(hidden);
});

describe("round trips", () => {
  // Names that YAML, YAML 1.1, JSON or a careless emitter could take for something else.
  const odd = [
    "",
    "no",
    "Null",
    "~",
    "1",
    "1e3",
    "0x1f",
    ".inf",
    "a: b",
    "a #b",
    "- a",
    "? a",
    "|",
    ">",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "'a'",
    '"a"',
    "{a}",
    "[a]",
    "a,b",
    " a",
    "a ",
    "\ta",
    "a\n",
    "\n",
    "\na",
    "a\n\nb\n\n",
    "a\r\nb",
    "---",
    "...",
    "<<",
    "=",
    "\ufeffa",
    "a\u2028b",
    "a\u0085b",
    "日本語\n2 行目",
    "\\n",
    "a\\",
    "x".repeat(1500),
  ];
  const string = fc.oneof(fc.constantFrom(...odd), anyText, fc.stringMatching(/^[a-z :#\n"'-]{0,40}$/));
  const key = string.filter((name) => name !== "__proto__");
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      string,
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
      fc.array(tie("json"), { maxLength: 4 }),
      fc.dictionary(key, tie("json"), { maxKeys: 4 }),
    ),
  }));

  test("any definition comes back the same, and its text is byte-stable", () => {
    const names = key.filter((name) => name !== "");
    fc.assert(
      fc.property(
        fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
        fc.dictionary(key, json, { maxKeys: 4 }),
        (tools, definition) => {
          const items = tools.map((name) => item(name, definition as JsonObject));
          const text = written(...items);
          const back = readLock("f", text, "files");
          expect(back.problems).toEqual([]);
          expect(byName(back.lock?.items)).toEqual(byName(items));
          expect(back.lock && writeLock(back.lock)).toBe(text);
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each(odd)("%j as a value, a key and in a list", (text) => {
    const definition = { a: text, b: [text, { c: text }, [text]], d: { [text]: text } };
    expect(read(written(item("t", definition)))[0]?.definition).toEqual({ ...definition, name: "t" });
  });

  test("the order in which a server lists its tools makes no difference", () => {
    const [a, b] = [item("a", {}), item("b", {})];
    expect(written(a, b)).toBe(written(b, a));
  });

  test("resources, templates and prompts have their sections", () => {
    const items = [
      item(
        "file:///{path}",
        {},
        {
          kind: "resource",
          access: "read",
          destructive: false,
          definition: { uriTemplate: "file:///{path}", name: "x" },
        },
      ),
      item("greet", {}, { kind: "prompt", access: "read", destructive: false }),
    ];
    expect(read(written(...items)).map(({ kind, name }) => [kind, name])).toEqual([
      ["resource", "file:///{path}"],
      ["prompt", "greet"],
    ]);
  });
});

test("P11: a destructive write is the default, so a lock line that was forgotten is the stricter one", () => {
  const text = "kidoban: 1\nendpoint: x\ntools:\n  t: { access: write, definition: { name: t } }\n";
  expect(read(text)[0]?.destructive).toBe(true);
});
