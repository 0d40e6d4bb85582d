/** A promise without a test is a wish; an attack in SECURITY.md without one is an advertisement. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { PROMISES } from "./promises.ts";

const TEST = import.meta.dirname;

function testFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? testFiles(path) : path.endsWith(".test.ts") ? [path] : [];
  });
}

const titles = testFiles(TEST).flatMap((path) =>
  [
    ...readFileSync(path, "utf8").matchAll(
      /\b(?:test|it|describe)(?:\.each\([\s\S]*?\))?\(\s*(["'`])((?:\\.|(?!\1)[\s\S])*)\1/g,
    ),
  ].map((match) => match[2] ?? ""),
);

test.each(Object.keys(PROMISES))("promise %s is cited by a test", (id) => {
  const cites = new RegExp(`\\b${id}\\b`);
  expect(titles.some((title) => cites.test(title))).toBe(true);
});

test("every attack in SECURITY.md names a test that exists", () => {
  const table = readFileSync(resolve(TEST, "../SECURITY.md"), "utf8");
  const named = [...table.matchAll(/^\|[^|]+\|[^|]+\|\s*`([^`]+)`: ([^|]+?)\s*\|$/gm)].map((row) => ({
    file: row[1] ?? "",
    title: row[2] ?? "",
  }));
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter(({ file, title }) => {
    try {
      return !readFileSync(resolve(TEST, "..", file), "utf8").includes(title);
    } catch {
      return true;
    }
  });
  expect(missing).toEqual([]);
});
