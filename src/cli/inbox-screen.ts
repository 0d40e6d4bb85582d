/** The inbox as text for a screen of a given size. Pure. */

import pc from "picocolors";
import type { OnDesk } from "../approval/desk.ts";
import { renderView } from "../approval/render.ts";
import { titleOf } from "../approval/show.ts";
import { visibleText } from "../approval/visible.ts";
import { wrapLine } from "../approval/wrap.ts";
import type { ApprovalWords } from "../words/approvals.ts";
import type { Language } from "../words/words.ts";
import { standingLines, type Around } from "./answer-text.ts";
import { rowId, type Inbox, type Opened, type Row } from "./inbox-state.ts";

export interface Look {
  readonly words: ApprovalWords;
  readonly language: Language;
  readonly color: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Origins of the console, where passkeys are. */
  readonly consoles: readonly string[];
}

/** Lines of the screen that are not the request's. */
const FRAME_LINES = 3;
export const pageHeight = ({ rows }: Look): number => Math.max(rows - FRAME_LINES, 3);

/** Everything about an open request; each line fits the screen. */
export const viewLines = (
  { row, turn }: Pick<Opened, "row" | "turn">,
  { words, language, color, columns, consoles }: Look,
): readonly string[] => {
  const around: Around = { consoles, ...(turn === undefined ? {} : { turn }) };
  return [
    ...renderView(row.request.view, words, { color, width: columns }).trimEnd().split("\n"),
    "",
    ...standingLines(row, words, language, around).flatMap((line) => wrapLine(line, columns - 1)),
  ];
};

function age(since: number, now: number, words: ApprovalWords): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  return seconds < 90 ? words.inbox.ageSeconds(seconds) : words.inbox.ageMinutes(Math.round(seconds / 60));
}

/** How far it has come: the stage that is open, or how it was answered. */
function standingMarks(standing: OnDesk["standing"], { ask, states }: ApprovalWords): readonly string[] {
  switch (standing.state) {
    case "met":
      return [states.approved];
    case "denied":
    case "returned":
      return [states[standing.state]];
    case "open": {
      const stages = standing.missing.flatMap(({ stage }) => (stage === undefined ? [] : [stage]));
      return [...new Set(stages.map(({ number, of }) => ask.stage(number, of)))];
    }
  }
}

function rowText(row: Row, now: number, words: ApprovalWords): string {
  const { inbox } = words;
  if (row.kind === "altered") return `${row.code}  ${inbox.altered}`;
  const { request, standing } = row;
  const marks = [
    ...(request.view.destructive ? [inbox.destructive] : []),
    ...(request.attended ? [] : [inbox.gone]),
    ...standingMarks(standing, words),
  ];
  const what = titleOf(request);
  return [request.code, request.view.agent, what, age(request.openedAt, now, words), ...marks].join("  ");
}

/** The rows around the selected one; a line that does not fit is cut, since here nothing can be approved. */
function listLines(
  { rows, selected }: Inbox,
  { words, color, columns }: Look,
  height: number,
  now: number,
): readonly string[] {
  const paint = pc.createColors(color);
  if (rows.length === 0) return wrapLine(words.inbox.empty, columns - 1);
  const index = Math.max(
    0,
    rows.findIndex((row) => rowId(row) === selected),
  );
  const from = Math.max(0, Math.min(index - Math.floor(height / 2), rows.length - height));
  return rows.slice(from, from + height).map((row) => {
    const chosen = rowId(row) === selected;
    const [line = ""] = wrapLine(`${chosen ? "›" : " "} ${rowText(row, now, words)}`, columns - 1);
    return chosen ? paint.inverse(line) : line;
  });
}

/** What will go with the answer. */
function saidBeside({ comment, ticket }: Opened, { inbox }: ApprovalWords): string | undefined {
  const said = [
    ...(ticket === undefined ? [] : [inbox.ticketed(visibleText(ticket))]),
    ...(comment === undefined ? [] : [inbox.commented(visibleText(comment))]),
  ];
  return said.length === 0 ? undefined : said.join(" · ");
}

/** A whole screen, from its first column on. `lines`: those of the opened request. */
export function screen(inbox: Inbox, lines: readonly string[], look: Look, now: number): string {
  const { words, color, columns } = look;
  const paint = pc.createColors(color);
  const height = pageHeight(look);
  const cut = (text: string): string => wrapLine(text, columns - 1)[0] ?? "";
  const { opened } = inbox;
  const body =
    opened === undefined ? listLines(inbox, look, height, now) : lines.slice(opened.top, opened.top + height);
  const note =
    opened === undefined
      ? (inbox.message ?? "")
      : !opened.read
        ? words.inbox.more(Math.min(opened.top + height, lines.length), lines.length)
        : (saidBeside(opened, words) ?? inbox.message ?? "");
  const all = [
    paint.bold(cut(words.inbox.title(inbox.rows.length))),
    ...body,
    ...Array.from({ length: Math.max(0, height - body.length) }, () => ""),
    paint.yellow(cut(note)),
    paint.dim(cut(opened === undefined ? words.inbox.listKeys : words.inbox.viewKeys)),
  ];
  // Raw mode moves the cursor down only: each line starts at the left by itself, and clears what was there.
  return `\u001b[H${all.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`;
}
