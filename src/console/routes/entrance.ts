/** In by the company's provider: authorization code with PKCE, bound to this browser's visit, good once. */

import { html } from "hono/html";
import { hasRole } from "../../approval/approver.ts";
import { visibleLine } from "../../approval/visible.ts";
import { en, ja } from "../../words/console-entrance.ts";
import { isByProvider, providerKey } from "../entrance.ts";
import { consoleWords } from "../layout.ts";
import { loginPage } from "../pages/login.ts";
import { noticePage } from "../pages/notice.ts";
import { pathWithin, sendPage } from "../respond.ts";
import { openShelf } from "../shelf.ts";
import { type ConsoleApp, giveVisit, type ConsoleContext, type House } from "../visitor.ts";

/** Somebody may have to find their telephone first. */
const LEAVE_MS = 10 * 60_000;

interface Left {
  readonly leaving: object;
  readonly next: string;
}

const wordsOf = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en);

/** What the login page's button for the provider says; undefined where none is configured. */
export async function providerButton(c: ConsoleContext, { ports }: House): Promise<string | undefined> {
  const issuer = await ports.entrance.issuer();
  return issuer === undefined ? undefined : wordsOf(c).button(new URL(issuer).host);
}

/** By a link and by itself: a form may not lead to another origin (CSP `form-action`). */
const onwards = (title: string, url: string, text: string) => ({
  title,
  body: html`<section class="narrow">
    <h1>${title}</h1>
    <p><a href="${url}" data-onwards>${text}</a></p>
  </section>`,
});

/** For somebody whom we know and whom no role lets in: not even to look. */
export function withoutRole(c: ConsoleContext, house: House, name: string): Promise<Response> {
  house.ports.refused({ reason: `console: ${name} has no role`, from: "console" });
  return sendPage(c, house, noticePage(wordsOf(c).noRole(visibleLine(name))), 403);
}

export function entranceRoutes(app: ConsoleApp, house: House): void {
  const { ports, sessions } = house;
  const shelf = openShelf<Left>(LEAVE_MS);

  async function refuse(c: ConsoleContext, problem: string, reason: string, next = "/"): Promise<Response> {
    ports.refused({ reason: `console, by the provider: ${reason}`, from: "console" });
    const { csrf, language } = c.var.visitor;
    return sendPage(
      c,
      house,
      loginPage(csrf, next, consoleWords(language).login, problem, await providerButton(c, house)),
      401,
    );
  }

  app.post("/login/provider", async (c) => {
    const words = wordsOf(c);
    const next = pathWithin(c.var.form.get("next"));
    try {
      const left = await ports.entrance.leave();
      if (left === undefined) return await refuse(c, words.unreachable, "no provider is configured", next);
      const state = shelf.put(c.var.visitor.visit, { leaving: left.leaving, next }, ports.now());
      const url = await left.url(state);
      c.header("refresh", `0;url=${url}`);
      return await sendPage(c, house, onwards(words.going, url, words.goingText));
    } catch (error) {
      return refuse(c, words.unreachable, error instanceof Error ? error.message.slice(0, 200) : "unknown", next);
    }
  });

  app.get("/login/provider/callback", async (c) => {
    const words = wordsOf(c);
    const { searchParams } = new URL(c.req.url);
    const state = searchParams.get("state") ?? "";
    const left = shelf.take(c.var.visitor.visit, state, ports.now());
    if (left === undefined) return refuse(c, words.stale, "an answer to no question of this browser");
    const arrived = await ports.entrance.arrive(searchParams, state, left.leaving);
    if (arrived.kind === "refused") return refuse(c, words.refused, arrived.why, left.next);
    const person = (await ports.people()).find(({ name }) => name === arrived.name);
    if (person === undefined || !hasRole(person)) return withoutRole(c, house, arrived.name);
    const key = providerKey(arrived.subject);
    await ports.record({ kind: "console.entered", by: arrived.name, key });
    sessions.end(c.var.visitor.visit);
    giveVisit(c, ports.site, sessions.open(arrived.name, key, ports.now()));
    return c.redirect(left.next, 303);
  });
}

/** Whether this session was opened by the provider: it reads and stops, and no more. */
export const cameByProvider = (c: ConsoleContext): boolean => isByProvider(c.var.visitor.key ?? "");
