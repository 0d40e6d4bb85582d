/** The log. That it is read is on record, durably, before a page of it is sent. */

import { may } from "../../approval/approver.ts";
import { readCode } from "../../approval/action.ts";
import type { EntryKind } from "../../audit/entry.ts";
import type { Effect } from "../../policy/call.ts";
import * as words from "../../words/console-log.ts";
import * as log from "../../words/log.ts";
import { consoleWords } from "../layout.ts";
import { readPosition } from "../../log/found.ts";
import { logPage, type LogQuery, type LogTexts } from "../pages/log.ts";
import { trailPage } from "../pages/log-trail.ts";
import { noticePage } from "../pages/notice.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const textsOf = (c: ConsoleContext): LogTexts =>
  c.var.visitor.language === "ja" ? { words: words.ja, log: log.ja } : { words: words.en, log: log.en };

const isKind = (text: string): text is EntryKind => Object.hasOwn(log.en.events, text);
const isEffect = (text: string): text is Effect => text === "allow" || text === "ask" || text === "deny";
const isMoment = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

function queryOf(c: ConsoleContext): LogQuery {
  const [agent = "", server = "", tool = "", decision = "", kind = "", by = "", since = "", until = ""] = [
    "agent",
    "server",
    "tool",
    "decision",
    "kind",
    "by",
    "since",
    "until",
  ].map((name) => (c.req.query(name) ?? "").slice(0, 200).trim());
  return {
    ...(agent === "" ? {} : { agent }),
    ...(server === "" ? {} : { server }),
    ...(tool === "" ? {} : { tool }),
    ...(isEffect(decision) ? { decision } : {}),
    ...(isKind(kind) ? { kind } : {}),
    ...(by === "" ? {} : { by }),
    ...(isMoment(since) ? { since } : {}),
    ...(isMoment(until) ? { until } : {}),
  };
}

export function logRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { pages } = ports;

  /** Recorded, or the page that says that this role does not reach it. */
  async function reading(c: ConsoleContext): Promise<Response | undefined> {
    const person = personOf(c);
    if (!may(person, "watch"))
      return sendPage(c, house, noticePage(consoleWords(c.var.visitor.language).notice.forbidden), 403);
    await ports.record({ kind: "log.read", by: person.name, command: "console" });
    return undefined;
  }

  app.get("/log", async (c) => {
    const id = (c.req.query("id") ?? "").trim();
    if (id !== "" && may(personOf(c), "watch"))
      return goTo(c, house, `/log/${encodeURIComponent(id.slice(0, 128).toWellFormed())}`);
    const refused = await reading(c);
    if (refused !== undefined) return refused;
    const asked = queryOf(c);
    const before = readPosition(c.req.query("before"));
    const slice = await pages.log.slice(asked, before);
    const [agents, servers] = await Promise.all([pages.stops.agents(), pages.servers.list()]);
    const seen = slice.entries.map(({ about }) => about);
    const view = {
      ...slice,
      query: asked,
      before,
      agents: [...agents, ...seen.flatMap(({ agent }) => agent ?? [])],
      servers: [...servers.map((each) => each.id), ...seen.flatMap(({ target }) => target?.server ?? [])],
    };
    return sendPage(c, house, logPage(view, textsOf(c)));
  });

  app.get("/log/:id", async (c) => {
    const refused = await reading(c);
    if (refused !== undefined) return refused;
    const asked = c.req.param("id");
    // A code is looked up among live requests; the log itself is searched by ids.
    const id = readCode(asked) === undefined ? asked : ((await pages.history.named(asked)) ?? asked);
    const entries = await pages.log.trail(id);
    const view = { id: asked, entries, bodies: await pages.log.bodies(entries) };
    return sendPage(c, house, trailPage(view, textsOf(c)), entries.length === 0 ? 404 : 200);
  });
}
