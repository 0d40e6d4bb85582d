/** Past requests. To open one is to read the log, so that is on record before the page is sent. */

import { may } from "../../approval/approver.ts";
import type { RequestState } from "../../approval/request.ts";
import * as approvals from "../../words/approvals.ts";
import * as words from "../../words/console-history.ts";
import { consoleWords } from "../layout.ts";
import type { HistoryFilter } from "../page-ports.ts";
import { historyPage, type HistoryTexts } from "../pages/history.ts";
import { historyRecordPage } from "../pages/history-record.ts";
import { noticePage } from "../pages/notice.ts";
import { personOf, sendPage } from "../respond.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const PAGE_ROWS = 50;
/** How far back the names in the filters are looked for. */
const NAMED_ROWS = 500;

const isState = (text: string): text is RequestState => Object.hasOwn(approvals.en.states, text);

const textsOf = (c: ConsoleContext): HistoryTexts =>
  c.var.visitor.language === "ja"
    ? { words: words.ja, approvals: approvals.ja }
    : { words: words.en, approvals: approvals.en };

function filterOf(c: ConsoleContext): HistoryFilter {
  const [agent, server, state, before] = ["agent", "server", "state", "before"].map((name) => c.req.query(name) ?? "");
  return {
    ...(agent ? { agent } : {}),
    ...(server ? { server } : {}),
    ...(state && isState(state) ? { state } : {}),
    ...(before ? { before } : {}),
  };
}

export function historyRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { history } = ports.pages;

  app.get("/history", async (c) => {
    const filter = filterOf(c);
    const rows = await history.list(filter, PAGE_ROWS + 1);
    const recent = await history.list({}, NAMED_ROWS);
    const view = {
      filter,
      rows: rows.slice(0, PAGE_ROWS),
      more: rows.length > PAGE_ROWS,
      agents: recent.map(({ agent }) => agent),
      servers: recent.map(({ server }) => server),
      opens: may(personOf(c), "watch"),
    };
    return sendPage(c, house, historyPage(view, textsOf(c)));
  });

  app.get("/history/:id", async (c) => {
    const person = personOf(c);
    const { notice } = consoleWords(c.var.visitor.language);
    if (!may(person, "watch")) return sendPage(c, house, noticePage(notice.forbidden), 403);
    await ports.record({ kind: "log.read", by: person.name, command: "console" });
    const record = await history.one(c.req.param("id"));
    if (record === undefined) return sendPage(c, house, noticePage(notice.missing), 404);
    return sendPage(c, house, historyRecordPage(record, textsOf(c)));
  });
}
