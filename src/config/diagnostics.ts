/**
 * Problems as people read them: `file:line:col: sentence`, the source line, a caret. What comes from a file is shown with
 * control and bidirectional characters made visible and secrets blotted out. Decides nothing.
 */

import { visibleLine } from "../approval/visible.ts";
import type { Problem } from "../policy/manifest.ts";
import * as config from "../words/config-problems.ts";
import * as policy from "../words/policy-problems.ts";
import type { Language } from "../words/words.ts";
import { blotSecrets } from "./secret-patterns.ts";

/** A method's type, which may take less than every record: problems are made with the values that their sentence takes. */
type Sentence = { say(values: Readonly<Record<string, string>>): string }["say"];
const WORDS: Readonly<Record<Language, Readonly<Record<string, Sentence>>>> = {
  en: { ...policy.en, ...config.en },
  ja: { ...policy.ja, ...config.ja },
};

/** All problems, ordered by file and place, each followed by its line; `sources` are the files' texts by the name in the place. */
export function renderProblems(
  problems: readonly Problem[],
  sources: ReadonlyMap<string, string>,
  language: Language,
): string {
  const split = new Map<string, string[]>();
  const linesOf = (file: string): string[] => {
    const lines = split.get(file) ?? sources.get(file)?.split(/\r?\n/) ?? [];
    split.set(file, lines);
    return lines;
  };
  // Where on a line a literal secret begins: patterns do not know every one, so nothing from there on is shown.
  const hidden = new Map<string, number>();
  for (const problem of problems) {
    if (problem.code !== "literal-secret") continue;
    hidden.set(lineOf(problem), Math.min(problem.place.column, hidden.get(lineOf(problem)) ?? Infinity));
  }
  return problems
    .toSorted(byPlace)
    .map((problem) => {
      const { file, line, column } = problem.place;
      const head = `${visibleLine(file)}:${line}:${column}: ${severity(problem, language)}${sentence(problem, language)}\n`;
      const source = linesOf(file)[line - 1];
      return source === undefined || source === ""
        ? head
        : head + excerpt(source, line, column, hidden.get(lineOf(problem)));
    })
    .join("\n");
}

/** The sentence alone, one line. */
export function sentence({ code, values }: Problem, language: Language): string {
  const safe = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, visibleLine(blotSecrets(value))]),
  );
  return WORDS[language][code]?.(safe) ?? `${code} ${JSON.stringify(safe)}`;
}

const severity = (problem: Problem, language: Language): string =>
  problem.severity === "error" ? "" : language === "ja" ? "警告: " : "warning: ";

const lineOf = ({ place }: Problem): string => `${place.file}:${place.line}`;

function byPlace(a: Problem, b: Problem): number {
  if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
  return a.place.line - b.place.line || a.place.column - b.place.column;
}

/** Longest piece of a source line that is shown; definitions can stand in one line of megabytes. */
const WIDEST = 120;

function excerpt(source: string, line: number, column: number, hideFrom: number | undefined): string {
  const blotted = blotSecrets(source).replaceAll("\t", " ");
  const safe = hideFrom === undefined ? blotted : `${blotted.slice(0, hideFrom - 1)}••••`;
  const at = Math.min(column, hideFrom ?? column) - 1;
  const from = safe.length <= WIDEST ? 0 : Math.max(0, at - WIDEST / 2);
  const before = visibleLine((from > 0 ? "…" : "") + safe.slice(from, at));
  const behind = visibleLine(safe.slice(at, from + WIDEST) + (safe.length > from + WIDEST ? "…" : ""));
  const gutter = `${line} | `;
  const empty = `${" ".repeat(gutter.length - 2)}| `;
  return `  ${gutter}${before}${behind.trimEnd()}\n  ${empty}${" ".repeat(width(before))}^\n`;
}

/** Columns in a terminal: East Asian wide characters take two, combining marks none. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]|\p{Emoji_Presentation}/u;
