/** What the inbox holds and what a key does to it. Pure: it draws nothing and answers nothing. */

import type { OnDesk, Shown } from "../approval/desk.ts";
import type { Turn } from "../approval/turn.ts";
import { DEAF_MS, type Key } from "./keys.ts";

export type Row = Exclude<Shown, { readonly kind: "missing" }>;
export const rowId = (row: Row): string => (row.kind === "found" ? row.request.id : row.id);

/** A request being read. It stays the one that was opened, whatever arrives meanwhile. */
export interface Opened {
  readonly row: OnDesk;
  /** First line on the screen. */
  readonly top: number;
  /** Whether the last line has been on the screen. */
  readonly read: boolean;
  /** When it appeared, ms of a clock that only goes forward. */
  readonly since: number;
  /** What whoever reads it may do, where it is known who that is. */
  readonly turn?: Turn;
  readonly comment?: string;
  readonly ticket?: string;
}

export interface Inbox {
  readonly rows: readonly Row[];
  readonly selected?: string;
  readonly opened?: Opened;
  readonly message?: string;
}

/** Lines of the opened request, and how many of them fit on the screen. */
export interface Page {
  readonly lines: number;
  readonly height: number;
}

/** What is left to do beside the screen. */
export type Wish = "nothing" | "quit" | "open" | "comment" | "ticket" | "approve" | "deny" | "return";

/** An unlocked key is let go of when nobody has pressed anything for so long. */
const IDLE_MS = 15 * 60_000;
export const isIdle = (touchedAt: number, at: number): boolean => at - touchedAt >= IDLE_MS;

const seeing = (opened: Opened, { lines, height }: Page, top: number): Opened => {
  const first = Math.max(0, Math.min(top, lines - height));
  return { ...opened, top: first, read: opened.read || first + height >= lines };
};

/** After opening, and whenever the screen's size changes. */
export const paged = (inbox: Inbox, page: Page): Inbox =>
  inbox.opened === undefined ? inbox : { ...inbox, opened: seeing(inbox.opened, page, inbox.opened.top) };

/** New rows; the selection stays on its request. */
export function refreshed(inbox: Inbox, rows: readonly Row[]): Inbox {
  const { selected: _gone, ...rest } = inbox;
  const selected = rows.find((row) => rowId(row) === inbox.selected) ?? rows[0];
  return { ...rest, rows, ...(selected === undefined ? {} : { selected: rowId(selected) }) };
}

export const closed = ({ opened: _opened, ...inbox }: Inbox, message?: string): Inbox => {
  const { message: _old, ...rest } = inbox;
  return message === undefined ? rest : { ...rest, message };
};

function inList(inbox: Inbox, key: Key, at: number): readonly [Inbox, Wish] {
  const index = inbox.rows.findIndex((row) => rowId(row) === inbox.selected);
  const select = (to: number): readonly [Inbox, Wish] => {
    const row = inbox.rows[Math.max(0, Math.min(to, inbox.rows.length - 1))];
    return [row === undefined ? inbox : { ...inbox, selected: rowId(row) }, "nothing"];
  };
  switch (key) {
    case "q":
    case "interrupt":
      return [inbox, "quit"];
    case "up":
    case "k":
      return select(index - 1);
    case "down":
    case "j":
      return select(index + 1);
    case "enter": {
      const row = inbox.rows[index];
      if (row?.kind !== "found") return [inbox, "nothing"];
      return [{ ...closed(inbox), opened: { row, top: 0, read: false, since: at } }, "open"];
    }
    default:
      return [inbox, "nothing"];
  }
}

function inView(inbox: Inbox, opened: Opened, key: Key, page: Page): readonly [Inbox, Wish] {
  const scroll = (top: number): readonly [Inbox, Wish] => [{ ...inbox, opened: seeing(opened, page, top) }, "nothing"];
  switch (key) {
    case "interrupt":
      return [inbox, "quit"];
    case "escape":
    case "q":
      return [closed(inbox), "nothing"];
    case "up":
    case "k":
      return scroll(opened.top - 1);
    case "down":
    case "j":
      return scroll(opened.top + 1);
    case "page-up":
      return scroll(opened.top - page.height);
    case "page-down":
      return scroll(opened.top + page.height);
    case "home":
      return scroll(0);
    case "end":
      return scroll(page.lines);
    case "c":
      return [inbox, "comment"];
    case "t":
      return [inbox, "ticket"];
    case "d":
      return [inbox, "deny"];
    case "r":
      return [inbox, "return"];
    case "a":
      // Not before its end has been on the screen.
      return [inbox, opened.read ? "approve" : "nothing"];
    default:
      return [inbox, "nothing"];
  }
}

/** One key. Keys that come before a request could have been read do nothing: they were meant for something else. */
export function step(inbox: Inbox, key: Key, page: Page, at: number): readonly [Inbox, Wish] {
  const { opened } = inbox;
  if (opened === undefined) return inList(inbox, key, at);
  if (at - opened.since < DEAF_MS && key !== "interrupt") return [inbox, "nothing"];
  return inView(inbox, opened, key, page);
}
