/** The first page. */

import type { ConsoleApp } from "../app.ts";
import { en, ja } from "../../words/console-inbox.ts";
import { inboxFragment, inboxPage, type InboxView } from "../pages/inbox.ts";
import { sendFragment, sendPage } from "../respond.ts";
import type { ConsoleContext, House } from "../visitor.ts";

const PAGE_ROWS = 50;

const wordsOf = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en);

export function inboxRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  async function view(c: ConsoleContext): Promise<InboxView> {
    const asked = Number(c.req.query("from") ?? 0);
    const range = { from: Number.isSafeInteger(asked) && asked > 0 ? asked : 0, count: PAGE_ROWS };
    return { ...range, ...(await ports.waiting(range)), now: ports.now() };
  }
  app.get("/", async (c) => sendPage(c, house, inboxPage(await view(c), wordsOf(c))));
  app.get("/fragments/inbox", async (c) => sendFragment(c, inboxFragment(await view(c), wordsOf(c))));
}
