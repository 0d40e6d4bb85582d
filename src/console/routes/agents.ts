/** Agents and what they may do; the end of a token needs no passkey, like a stop. */

import { may } from "../../approval/approver.ts";
import * as words from "../../words/console-agents.ts";
import * as decisions from "../../words/decisions.ts";
import * as pin from "../../words/pin.ts";
import { consoleWords } from "../layout.ts";
import { agentPage, type AgentTexts } from "../pages/agent.ts";
import { agentsPage } from "../pages/agents.ts";
import { noticePage } from "../pages/notice.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const textsOf = (c: ConsoleContext): AgentTexts =>
  c.var.visitor.language === "ja"
    ? { words: words.ja, decisions: decisions.ja, pin: pin.ja }
    : { words: words.en, decisions: decisions.en, pin: pin.en };

export function agentRoutes(app: ConsoleApp, house: House): void {
  const { agents } = house.ports.pages;

  app.get("/agents", async (c) => sendPage(c, house, agentsPage(await agents.list(), textsOf(c).words)));

  app.get("/agents/:agent", async (c) => {
    const view = await agents.one(c.req.param("agent"));
    if (view === undefined)
      return sendPage(c, house, noticePage(consoleWords(c.var.visitor.language).notice.missing), 404);
    return sendPage(c, house, agentPage(view, may(personOf(c), "issue"), c.var.visitor.csrf, textsOf(c)));
  });

  app.post("/agents/:agent/tokens/:token/revoke", async (c) => {
    const person = personOf(c);
    if (!may(person, "issue")) return c.text("refused: role\n", 403);
    const { agent, token } = c.req.param();
    const isOver = await agents.revoke(agent, token, person.name);
    const { words: said } = textsOf(c);
    return goTo(c, house, `/agents/${encodeURIComponent(agent)}`, isOver ? said.revoked : said.notRevoked);
  });
}
