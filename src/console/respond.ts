/** Sends pages: a whole one in its frame, a fragment, or on to another one. */

import type { Approver } from "../approval/approver.ts";
import { layout, type Html, type Page } from "./layout.ts";
import type { ConsoleContext, House } from "./visitor.ts";

type Status = 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 429 | 500;

export async function sendPage(c: ConsoleContext, house: House, page: Page, status: Status = 200): Promise<Response> {
  const { visit, csrf, language, theme, person } = c.var.visitor;
  const waiting = person === undefined ? {} : { waiting: await house.ports.desk.count() };
  const note = house.sessions.takeNote(visit);
  return c.html(
    layout(page, { language, theme, csrf, person, path: new URL(c.req.url).pathname, note, ...waiting }),
    status,
  );
}

export const sendFragment = (c: ConsoleContext, fragment: Html): Response | Promise<Response> => c.html(fragment);

/** After a change: another page, with one sentence about what came of it. */
export function goTo(c: ConsoleContext, house: House, path: string, note?: string): Response {
  if (note !== undefined) house.sessions.leaveNote(c.var.visitor.visit, note);
  return c.redirect(path, 303);
}

/** Who is logged in. Only for routes behind the login. */
export function personOf(c: ConsoleContext): Approver {
  const { person } = c.var.visitor;
  if (person === undefined) throw new Error("this page stands behind the login");
  return person;
}

/** A path of this console, for coming back to; anything else is its first page. */
export const pathWithin = (text: string | null): string =>
  text !== null && /^\/(?![/\\])[\x21-\x7e]{0,300}$/.test(text) && !text.includes("\\") ? text : "/";
