/** The inbox as text for a screen of a given size. Pure. */

import pc from "picocolors";
import type { OnDesk } from "../approval/desk.ts";
import { renderView } from "../approval/render.ts";
import { titleOf } from "../approval/show.ts";
import { visibleText } from "../approval/visible.ts";
import { wrapLine } from "../approval/wrap.ts";
import type { ApprovalWords } from "../words/approvals.ts";
import type { Language } from "../words/words.ts";
import { standingLines } from "./answer-text.ts";
import { rowId, type Inbox, type Row } from "./inbox-state.ts";

export interface Look {
  readonly words: ApprovalWords;
  readonly language: Language;
  readonly color: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** Lines of the screen that are not the request's. */
const FRAME_LINES = 3;
export const pageHeight = ({ rows }: Look): number => Math.max(rows - FRAME_LINES, 3);

/** Everything about an open request; each line fits the screen. */
export const viewLines = (row: OnDesk, { words, language, color, columns }: Look): readonly string[] => [
  ...renderView(row.request.view, words, { color, width: columns }).trimEnd().split("\n"),
  "",
  ...standingLines(row, words, language).flatMap((line) => wrapLine(line, columns - 1)),
];

function age(since: number, now: number, words: ApprovalWords): string {
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  return seconds < 90 ? words.inbox.ageSeconds(seconds) : words.inbox.ageMinutes(Math.round(seconds / 60));
}

function rowText(row: Row, now: number, words: ApprovalWords): string {
  const { inbox, states } = words;
  if (row.kind === "altered") return `${row.code}  ${inbox.altered}`;
  const { request, standing } = row;
  const marks = [
    ...(request.view.destructive ? [inbox.destructive] : []),
    ...(request.attended ? [] : [inbox.gone]),
    ...(standing.state === "open" ? [] : [states[standing.state === "met" ? "approved" : "denied"]]),
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
        : opened.comment === undefined
          ? (inbox.message ?? "")
          : words.inbox.commented(visibleText(opened.comment));
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
