/** The first page. */

import { en, ja } from "../../words/console-inbox.ts";
import { inboxFragment, inboxPage, type InboxView } from "../pages/inbox.ts";
import { sendFragment, sendPage } from "../respond.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const PAGE_ROWS = 50;

const wordsOf = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en);

export function inboxRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;

  async function view(c: ConsoleContext): Promise<InboxView> {
    const asked = c.req.query("after") ?? "";
    const after = /^[\w-]{1,128}$/.test(asked) ? { after: asked } : {};
    const [total, found] = await Promise.all([ports.desk.count(), ports.desk.list({ ...after, limit: PAGE_ROWS + 1 })]);
    const rows = found.slice(0, PAGE_ROWS);
    const last = rows.at(-1);
    const next = found.length <= PAGE_ROWS || last === undefined ? {} : { next: idOf(last) };
    return { total, rows, ...after, ...next, now: ports.now() };
  }

  app.get("/", async (c) => sendPage(c, house, inboxPage(await view(c), wordsOf(c))));
  app.get("/fragments/inbox", async (c) => sendFragment(c, inboxFragment(await view(c), wordsOf(c))));
}

const idOf = (row: InboxView["rows"][number]): string => (row.kind === "found" ? row.request.id : row.id);
