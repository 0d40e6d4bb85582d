/** A report as Markdown (GitHub's). What others wrote is made visible and every mark of the syntax in it escaped. */

import { visibleLine } from "../approval/visible.ts";
import type { Block, Chart, Inline, Page, Text, Tone } from "./blocks.ts";
import type { Voice } from "./voice.ts";

/** ASCII punctuation can be escaped by a backslash (CommonMark 2.4), and then means nothing; `<` and `&` among it. */
const plain = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>()#+!|~&@$^]|:(?=\/\/)/g, String.raw`\$&`);

/** A code span that no run of backticks in it can end (CommonMark 6.1). In a table a bar would end the cell all the same. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${text.replaceAll("|", String.raw`\|`)} ${fence}`;
}

const SIGNS: Readonly<Record<Tone, string>> = { plain: "", good: "✓ ", warn: "▲ ", bad: "● " };

function inline(part: Inline): string {
  if (typeof part === "string") return plain(part);
  if ("said" in part) return part.said === "" ? "" : code(visibleLine(part.said));
  if ("sample" in part) return plain(part.sample);
  if ("code" in part) return code(visibleLine(part.code));
  return `**${SIGNS[part.tone]}${plain(part.badge)}**`;
}

const isList = (text: Text): text is readonly Inline[] => Array.isArray(text);
const textOf = (text: Text): string => (isList(text) ? text.map(inline).join("") : inline(text));

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function tableOf(head: readonly string[], rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const rule = head.map((_, column) => (numbers.includes(column) ? "--:" : ":--"));
  return [line(head.map(plain)), line(rule), ...rows.map(line)].join("\n");
}

function chartOf({ title, axis, categories, series }: Chart, { number }: Voice): string {
  const rows = categories.map((category, at) => [
    plain(category),
    ...series.map(({ values }) => number(values[at] ?? 0)),
  ]);
  const columns = series.map((_, at) => at + 1);
  return `**${plain(title)}**\n\n${tableOf([axis, ...series.map(({ name }) => name)], rows, columns)}`;
}

function fenced(label: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/^`+/gm)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${plain(label)}:\n\n${fence}diff\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

function blockOf(block: Block, voice: Voice): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${textOf(block.text)}`;
    case "paragraph":
      return `${SIGNS[block.tone ?? "plain"]}${textOf(block.text)}`;
    case "tiles":
      return block.tiles.map(({ label, value, tone }) => `- ${SIGNS[tone]}${plain(label)}: **${value}**`).join("\n");
    case "points":
      return block.points.map(({ text, tone }) => `- ${SIGNS[tone]}${textOf(text)}`).join("\n");
    case "table":
      return tableOf(
        block.head,
        block.rows.map((row) => row.map(textOf)),
        block.numbers,
      );
    case "chart":
      return chartOf(block.chart, voice);
    case "patch":
      return fenced(block.label, block.text);
  }
}

/** The whole file. */
export function markdownOf({ title, mark, lead, blocks }: Page, voice: Voice): string {
  const parts = [
    `<!-- ${mark} -->`,
    `# ${plain(title)}`,
    ...lead.map(textOf),
    ...blocks.map((block) => blockOf(block, voice)),
  ];
  return `${parts.join("\n\n")}\n`;
}
