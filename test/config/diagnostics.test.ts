/** What is told of broken files: those of bad/ hold the files and, last, what is said of them. UPDATE_GOLDEN=1 rewrites that. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderProblems, sentence } from "../../src/config/diagnostics.ts";
import { parseFiles } from "../../src/config/load.ts";
import { nearest } from "../../src/policy/nearest.ts";
import { en, ja } from "../../src/words/config-problems.ts";
import { parseTxtar } from "./txtar.ts";

const folder = join(import.meta.dirname, "bad");
const readCase = (name: string) => {
  const text = readFileSync(join(folder, name), "utf8");
  const files = parseTxtar(text);
  const wanted = files.get("problems") ?? "";
  files.delete("problems");
  return { ...parseFiles(files, "/project"), text, wanted };
};

describe("every mistake is told at its place, all of them at once", () => {
  test.each(readdirSync(folder))("%s", (name) => {
    const { problems, sources, text, wanted } = readCase(name);
    const told = renderProblems(problems, sources, "en");
    const files = text.slice(0, text.length - wanted.length);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(join(folder, name), files + told);
    expect(told).toBe(readCase(name).wanted);
  });
});

test("every code that a broken file gives has a Japanese sentence with the same values in it", () => {
  const told = new Set<string>();
  for (const name of readdirSync(folder)) {
    for (const problem of readCase(name).problems) {
      told.add(problem.code);
      const japanese = sentence(problem, "ja");
      expect(japanese).toMatch(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u);
      for (const value of Object.values(problem.values).filter((each) => /^[A-Z]\w+$/.test(each)))
        expect(japanese).toContain(value);
    }
  }
  expect(Object.keys(ja).toSorted()).toEqual(Object.keys(en).toSorted());
  // Those of files and folders have their own tests.
  const elsewhere = /^(?:too-deep|too-large|not-utf8|others-can-write|file-ignored|state-inside-root)$/;
  expect(Object.keys(en).filter((code) => !told.has(code) && !elsewhere.test(code))).toEqual([]);
});

test("P9: no message and no source line shows a literal secret, known by its look or only by its name", () => {
  const { problems, sources } = readCase("literal-secret.txt");
  for (const language of ["en", "ja"] as const) {
    const rendered = renderProblems(problems, sources, language);
    for (const secret of ["9f8a7b6c", "ghp_", "a8Kd02", "correct-horse", "abcdefgh1", "hunter2tango"])
      expect(rendered).not.toContain(secret);
  }
});

test("P9: a secret on a line that is no YAML at all is blotted out too", () => {
  const text = 'kidoban: 1\nservers: { a: { env: { T: "ghp_a8Kd02mXpQ7rT4vW9yB3cF6hJ1nL5sU8zE0g }\n';
  const { problems, sources } = parseFiles(new Map([["kidoban.yaml", text.replace("T: ", "T: [")]]), "/project");
  const rendered = renderProblems(problems, sources, "en");
  expect(problems.map(({ code }) => code)).toContain("yaml-syntax");
  expect(rendered).not.toContain("a8Kd02");
});

test("a line of megabytes is cropped around the caret, and the caret stays under its column", () => {
  const text = `kidoban: 1\nservers: {}\napprovals:\n  assurance: ${" ".repeat(1_000_000)}jp # ${"x".repeat(1_000_000)}\n`;
  const { problems, sources } = parseFiles(new Map([["kidoban.yaml", text]]), "/project");
  const [, source = "", caret = ""] = renderProblems(problems, sources, "en").split("\n");
  expect(source.length).toBeLessThan(150);
  expect(source.slice(caret.indexOf("^")).startsWith("jp #")).toBe(true);
});

test("the caret counts wide characters as two columns", () => {
  const text =
    'kidoban: 1\nservers: {}\nrules: [{ id: a, effect: deny, match: ["*/*"], reason: "日本語", efect: x }]\n';
  const { problems, sources } = parseFiles(new Map([["kidoban.yaml", text]]), "/project");
  const [, source = "", caret = ""] = renderProblems(problems, sources, "en").split("\n");
  expect(caret.indexOf("^")).toBe(source.indexOf("efect") + 3);
});

test("did you mean: near words only, swapped letters count once", () => {
  const known = ["servers", "secrets", "approvers", "rules"];
  expect(nearest("sevrers", known)).toBe("servers");
  expect(nearest("SERVERS", known)).toBe("servers");
  expect(nearest("rulse", known)).toBe("rules");
  expect(nearest("x", ["a", "b"])).toBe("a");
  expect(nearest("banana", known)).toBeUndefined();
  expect(nearest("x".repeat(100_000), known)).toBeUndefined();
});

test("a file made of mistakes is refused in moments, not minutes", () => {
  // Every key unknown, every value wrong: work that grows with their square would outlast the test.
  const keys = Array.from({ length: 40_000 }, (_, index) => `k${index}: {}`);
  const files = new Map([["kidoban.yaml", `kidoban: 1\nservers:\n  ${keys.join("\n  ")}\n${keys.join("\n")}\n`]]);
  const { config, problems, sources } = parseFiles(files, "/project");
  expect(config).toBeUndefined();
  expect(renderProblems(problems, sources, "en")).toContain("unknown key `k0`");
});
