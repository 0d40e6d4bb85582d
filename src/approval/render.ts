/** A view as text for a terminal: everything in it, in its order, the agent's own words last. Pure; colours only stress. */

import pc from "picocolors";
import type { ApprovalWords } from "../words/approvals.ts";
import { brokenJson, changedLines, wholeText, type Run } from "./changes.ts";
import type { View } from "./show.ts";
import { markUnseen, visibleJson } from "./visible.ts";
import { behind, columnsOf, wrapLine } from "./wrap.ts";

export interface RenderOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** Unchanged lines shown around a change; those further away are counted, since nothing happens there. */
const CONTEXT_LINES = 3;

type Paint = ReturnType<typeof pc.createColors>;

/** Pretty-printed JSON, broken after its `\n` escapes too, so that long texts read as lines; every character stays. */
const quotedJson = (json: string, width: number): readonly string[] =>
  json.split("\n").flatMap((line) => {
    const broken = line.replaceAll(/\\(?:u[0-9a-f]{4}|u\{[0-9a-f]+\}|.)/g, (escape) =>
      escape === "\\n" ? "\\n\n" : escape,
    );
    return broken.split("\n").flatMap((part, index) => behind(part, index === 0 ? "  │ " : "  ┆ ", "  ┆ ", width));
  });

function renderRun(run: Run, words: ApprovalWords, paint: Paint, width: number): readonly string[] {
  const sign = { same: " ", removed: "-", added: "+" }[run.kind];
  const color = { same: paint.dim, removed: paint.red, added: paint.green }[run.kind];
  const lines = run.lines.flatMap((line) => behind(line, `  ${sign} │ `, "    ┆ ", width)).map(color);
  return run.open && run.kind !== "same" ? [...lines, paint.dim(`    \\ ${words.view.noLineEnd}`)] : lines;
}

/** Keeps the unchanged lines that touch a change, and counts the others. */
function folded(
  run: Run,
  first: boolean,
  last: boolean,
  words: ApprovalWords,
  paint: Paint,
  width: number,
): readonly string[] {
  const head = first ? 0 : CONTEXT_LINES;
  const tail = last ? 0 : CONTEXT_LINES;
  const between = run.lines.length - head - tail;
  if (run.kind !== "same" || between <= 1) return renderRun(run, words, paint, width);
  const part = (lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : renderRun({ ...run, lines }, words, paint, width);
  return [
    ...part(run.lines.slice(0, head)),
    paint.dim(`    ⋮ ${words.view.unchanged(between)}`),
    ...part(run.lines.slice(run.lines.length - tail)),
  ];
}

function renderChange(
  change: NonNullable<View["change"]>,
  words: ApprovalWords,
  paint: Paint,
  width: number,
): readonly string[] {
  const after = markUnseen(change.after, "lines");
  if (change.before === null)
    return [`  ${words.view.creates}`, ...renderRun(wholeText("added", after), words, paint, width)];
  return renderDiff(markUnseen(change.before, "lines"), after, words, paint, width);
}

function renderDiff(
  before: string,
  after: string,
  words: ApprovalWords,
  paint: Paint,
  width: number,
): readonly string[] {
  if (before === after) return [`  ${words.view.same}`];
  const runs = changedLines(before, after);
  if (runs === undefined) {
    const whole = [wholeText("removed", before), wholeText("added", after)];
    return [`  ${words.view.tooDifferent}`, ...whole.flatMap((run) => renderRun(run, words, paint, width))];
  }
  return runs.flatMap((run, index) => folded(run, index === 0, index === runs.length - 1, words, paint, width));
}

/** One line for each fact; every name in it is a text of the agent's. Shared by all channels. */
export function sqlLines(
  facts: NonNullable<View["sql"]>["facts"],
  { view: { sqlFacts: label } }: ApprovalWords,
): readonly string[] {
  if (facts === null) return [label.unreadable];
  const { statements, writes, reads, calls } = facts;
  const row = (title: string, names: readonly string[]): string =>
    `${title}: ${names.length === 0 ? label.none : label.list(names)}`;
  return [
    row(label.statements(statements.length), statements.map(label.statement)),
    row(label.writes, writes),
    row(label.reads, reads),
    ...(calls.length === 0 ? [] : [row(label.calls, calls)]),
  ];
}

/** What is read is then in the arguments, and not the name. */
const isOfTemplate = ({ kind, name, arguments: shown }: View): boolean =>
  kind === "resource" && shown !== visibleJson({ uri: name });

/**
 * Lines end with `\n`. Every text stands behind a margin and is wrapped here, so that none can pose as another part of
 * the view. A view read from the store is marked once more: whoever wrote it there may not drive the terminal either.
 */
export function renderView(view: View, words: ApprovalWords, options: RenderOptions): string {
  const paint = pc.createColors(options.color);
  // One column is left free: a terminal may wrap when the last one is filled.
  const width = Math.max(options.width - 1, 20);
  const label = words.view;

  const facts: readonly (readonly [string, string, (text: string) => string])[] = [
    [label.agent, view.agent, paint.bold],
    [label.server, view.server, paint.bold],
    [label.endpoint, view.endpoint, String],
    [isOfTemplate(view) ? label.template : label.kind[view.kind], view.name, paint.bold],
    [
      label.access,
      view.destructive ? label.destructive : label.accesses[view.access],
      view.access === "write" ? paint.yellow : String,
    ],
    [label.rules, view.rules.join(", "), String],
  ];
  const column = Math.max(...facts.map(([name]) => columnsOf(name))) + 2;
  const fact = ([name, text, color]: (typeof facts)[number]): readonly string[] =>
    wrapLine(markUnseen(text, "nothing"), width - column).map((piece, index) => {
      const head = index === 0 ? name : "";
      return head + " ".repeat(column - columnsOf(head)) + color(piece);
    });

  const section = (title: string, lines: readonly string[]): readonly string[] => ["", paint.bold(title), ...lines];
  const quoted = (text: string): readonly string[] => behind(markUnseen(text, "lines"), "  │ ", "  ┆ ", width);

  return [
    ...facts.filter(([, text]) => text !== "").flatMap(fact),
    ...section(label.arguments, quotedJson(markUnseen(view.arguments, "lines"), width)),
    ...(view.edited === undefined
      ? []
      : section(paint.yellow(label.edited(markUnseen(view.edited.by, "nothing"))), [
          ...renderDiff(
            brokenJson(markUnseen(view.edited.arguments, "lines")),
            brokenJson(markUnseen(view.arguments, "lines")),
            words,
            paint,
            width,
          ),
        ])),
    ...(view.change === undefined ? [] : section(label.change, renderChange(view.change, words, paint, width))),
    ...(view.dryRun === undefined ? [] : section(label.dryRun, quoted(view.dryRun))),
    ...(view.sql === undefined
      ? []
      : section(label.sql(view.sql.dialect), sqlLines(view.sql.facts, words).flatMap(quoted))),
    ...(view.changeFailed === undefined
      ? []
      : section(label.changeFailed, quoted(words.reason(view.changeFailed) ?? view.changeFailed))),
    ...(view.earlier === undefined
      ? []
      : section(
          paint.yellow(label.earlier),
          quoted(label.earlierAt(new Date(view.earlier.at).toISOString(), view.earlier.call)),
        )),
    ...(view.question === undefined
      ? []
      : section(
          paint.yellow(
            label.question(markUnseen(view.question.by, "nothing"), new Date(view.question.at).toISOString()),
          ),
          quoted(view.question.text),
        )),
    ...(view.reason === undefined ? [] : section(label.reason, quoted(view.reason).map(paint.italic))),
  ]
    .map((line) => `${line}\n`)
    .join("");
}
