/** The population as comma-separated values (RFC 4180) that Excel opens in Japanese and runs nothing in. Pure. */

import { visibleLine } from "../../approval/visible.ts";
import { written } from "../../policy/pattern.ts";
import type { Item } from "./population.ts";

/** Excel takes a file for UTF-8 only with this mark. */
const BOM = "\uFEFF";

/** What a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection). */
function cell(value: string): string {
  const safe = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const COLUMNS: readonly (readonly [string, (item: Item) => string])[] = [
  ["id", ({ id }) => id],
  ["kind", ({ kind }) => kind],
  ["at", ({ at }) => at],
  ["agent", ({ agent }) => visibleLine(agent)],
  ["what", ({ target }) => visibleLine(written(target))],
  ["effect", ({ effect }) => effect],
  ["rules", ({ rules }) => visibleLine(rules.join(" "))],
  [
    "answers",
    ({ answers }) => visibleLine(answers.map(({ by, answer }) => `${by ?? "(client)"}: ${answer}`).join("; ")),
  ],
  ["end", ({ end }) => end],
  ["call", ({ call }) => call],
  ["stream", ({ stream }) => stream],
  ["n", ({ n }) => String(n)],
];

const line = (cells: readonly string[]): string => `${cells.map(cell).join(",")}\r\n`;

export const populationCsv = (items: readonly Item[]): string =>
  [
    `${BOM}${line(COLUMNS.map(([name]) => name))}`,
    ...items.map((item) => line(COLUMNS.map(([, read]) => read(item)))),
  ].join("");
