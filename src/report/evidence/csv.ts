/** The population as comma-separated values (RFC 4180) that Excel opens in Japanese and runs nothing in. Pure. */

import { visibleLine } from "../../approval/visible.ts";
import { written } from "../../policy/pattern.ts";
import { BOM, csvRow } from "../../log/formats/csv.ts";
import type { Item } from "./population.ts";

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
  ["previews", ({ previews }) => previews.join(" ")],
  ["stream", ({ stream }) => stream],
  ["n", ({ n }) => String(n)],
];

export const populationHead = (): string => `${BOM}${csvRow(COLUMNS.map(([name]) => name))}`;
export const populationRow = (item: Item): string => csvRow(COLUMNS.map(([, read]) => read(item)));
