/** Two texts, line by line, made visible: what was taken out, what came in, and how much around it stayed. */

import { html } from "hono/html";
import { changedLines, wholeText, type Run } from "../../approval/changes.ts";
import { visibleLine, visibleText } from "../../approval/visible.ts";
import { LINE_END, type Html } from "../layout.ts";

export interface DiffWords {
  readonly unchangedLines: (count: number) => string;
  readonly tooDifferent: string;
}

const CONTEXT_LINES = 3;
const SIGNS = { same: " ", removed: "-", added: "+" } as const;
const TAGS = {
  same: (text: Html) => text,
  removed: (text: Html) => html`<del>${text}</del>`,
  added: (text: Html) => html`<ins>${text}</ins>`,
} as const;

const lines = (kind: Run["kind"], texts: readonly string[]): Html =>
  html`${texts.map((text) =>
    TAGS[kind](html`<span class="line ${kind}"><i aria-hidden="true">${SIGNS[kind]}</i>${text}${LINE_END}</span>`),
  )}`;

function folded(run: Run, isFirst: boolean, isLast: boolean, words: DiffWords): Html {
  const head = isFirst ? 0 : CONTEXT_LINES;
  const tail = isLast ? 0 : CONTEXT_LINES;
  const between = run.lines.length - head - tail;
  if (run.kind !== "same" || between <= 1) return lines(run.kind, run.lines);
  return html`${lines("same", run.lines.slice(0, head))}<span class="fold"
      >⋮ ${words.unchangedLines(between)}${LINE_END}</span
    >${lines("same", tail === 0 ? [] : run.lines.slice(-tail))}`;
}

/** `before`, `after`: made visible before. `toEnd`: must be read to its end before anybody can approve. */
export function visibleDiff(before: string, after: string, label: string, words: DiffWords, toEnd = false): Html {
  const runs = changedLines(before, after);
  const whole = runs ?? [wholeText("removed", before), wholeText("added", after)];
  return html`${runs === undefined ? html`<p class="hint">${words.tooDifferent}</p>` : ""}
    <pre class="block diff" tabindex="0" aria-label="${visibleLine(label)}" ${toEnd ? html`data-to-end` : ""}>
${whole.map((run, at) => folded(run, at === 0, at === whole.length - 1, words))}</pre>`;
}

/** `before`, `after`: as others wrote them. */
export const diff = (before: string, after: string, label: string, words: DiffWords, toEnd = false): Html =>
  visibleDiff(visibleText(before), visibleText(after), label, words, toEnd);
