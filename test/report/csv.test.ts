/** The population as a spreadsheet opens it. */

import { expect, test } from "vitest";
import { populationHead, populationRow } from "../../src/report/evidence/csv.ts";
import type { Item } from "../../src/report/evidence/population.ts";

const item = (name: string, by = "aiko"): Item => ({
  id: "i",
  kind: "write",
  at: "2026-11-22T09:00:00.000Z",
  agent: "=cmd|' /C calc'!A0",
  target: { server: "s", kind: "tool", name },
  effect: "allow",
  rules: ["-1+1"],
  call: "c",
  previews: ["p"],
  answers: [{ by, answer: "approve", assurance: "operator", at: "2026-11-22T09:00:00.000Z" }],
  end: "ok",
  stream: "x",
  n: 0,
});

const populationCsv = (items: readonly Item[]): string => populationHead() + items.map(populationRow).join("");

test("a name that a spreadsheet would compute is a text in the population", () => {
  const [, line = ""] = populationCsv([item('x","=1+1', "@SUM(1)")]).split("\r\n");
  const cells = [...line.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  expect(cells).toHaveLength(13);
  expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  expect(cells[3]).toBe("'=cmd|' /C calc'!A0");
  expect(cells[6]).toBe("'-1+1");
  expect(cells[4]).toBe('s/x"",""=1+1');
});

test("line ends and marks that cannot be seen stay inside their cell, and Excel knows the file for UTF-8", () => {
  const text = populationCsv([item("a\r\nb\u202e日本")]);
  expect(text.startsWith("\uFEFF")).toBe(true);
  expect(text.split("\r\n")).toHaveLength(3);
  expect(text).toContain("s/a\\u{d}\\u{a}b\\u{202e}日本");
});
