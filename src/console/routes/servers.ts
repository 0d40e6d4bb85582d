/** Servers, and pinning them. A survey starts processes and a pin writes a file, so both are an owner's. */

import { may } from "../../approval/approver.ts";
import * as config from "../../words/console-config.ts";
import * as entrance from "../../words/console-entrance.ts";
import * as words from "../../words/console-servers.ts";
import * as decisions from "../../words/decisions.ts";
import * as pin from "../../words/pin.ts";
import { consoleWords } from "../layout.ts";
import type { RowChoice } from "../page-ports.ts";
import { noticePage } from "../pages/notice.ts";
import { serverPage, serversPage, type ServerTexts } from "../pages/servers.ts";
import { surveyPage } from "../pages/survey.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import { cameByProvider } from "./entrance.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const textsOf = (c: ConsoleContext): ServerTexts =>
  c.var.visitor.language === "ja"
    ? { words: words.ja, pin: pin.ja, decisions: decisions.ja, diff: config.ja }
    : { words: words.en, pin: pin.en, decisions: decisions.en, diff: config.en };

const passkeyOnly = (c: ConsoleContext): string =>
  (c.var.visitor.language === "ja" ? entrance.ja : entrance.en).passkeyOnly;

/** Undefined where some row has none. */
function choicesIn(form: URLSearchParams, count: number): readonly RowChoice[] | undefined {
  const choices = Array.from({ length: count }, (_, at): RowChoice | undefined => {
    const access = form.get(`access-${at}`);
    if (access !== "read" && access !== "write") return undefined;
    return { access, destructive: access === "write" && form.get(`destructive-${at}`) === "yes" };
  });
  return choices.every((each) => each !== undefined) ? choices : undefined;
}

/** No form for those whom it would refuse. */
function whyNoPin(c: ConsoleContext): string | undefined {
  if (!may(personOf(c), "accept")) return textsOf(c).words.notOwner;
  return cameByProvider(c) ? passkeyOnly(c) : undefined;
}

export function serverRoutes(app: ConsoleApp, house: House): void {
  const { servers } = house.ports.pages;

  async function send(
    c: ConsoleContext,
    id: string,
    problem?: string,
    status: 200 | 403 | 409 = 200,
  ): Promise<Response> {
    const server = await servers.one(id);
    if (server === undefined)
      return sendPage(c, house, noticePage(consoleWords(c.var.visitor.language).notice.missing), 404);
    const { csrf } = c.var.visitor;
    return sendPage(c, house, serverPage(server, whyNoPin(c), csrf, textsOf(c), problem), status);
  }

  app.get("/servers", async (c) => sendPage(c, house, serversPage(await servers.list(), textsOf(c))));
  app.get("/servers/:id", (c) => send(c, c.req.param("id")));

  app.post("/servers/:id/survey", async (c) => {
    const person = personOf(c);
    if (!may(person, "accept")) return c.text("refused: role\n", 403);
    const texts = textsOf(c);
    const id = c.req.param("id");
    if (cameByProvider(c)) return send(c, id, passkeyOnly(c), 403);
    const surveyed = await servers.survey(id, person.name);
    switch (surveyed.kind) {
      case "shown":
        return sendPage(c, house, surveyPage(surveyed.survey, c.var.visitor.csrf, texts));
      case "not-accepted":
        return send(c, id, texts.words.notAccepted, 409);
      case "unreachable":
        return send(c, id, texts.words.unreachable(surveyed.reason), 409);
    }
  });

  app.post("/servers/:id/pin", async (c) => {
    const person = personOf(c);
    if (!may(person, "accept")) return c.text("refused: role\n", 403);
    const { form, visitor } = c.var;
    const texts = textsOf(c);
    const id = c.req.param("id");
    if (cameByProvider(c)) return send(c, id, passkeyOnly(c), 403);
    const name = form.get("survey") ?? "";
    const survey = await servers.kept(name, person.name);
    if (survey === undefined || survey.server !== id) return send(c, id, texts.words.stale, 409);
    const choices = choicesIn(form, survey.rows.length);
    if (choices === undefined)
      return sendPage(c, house, surveyPage(survey, visitor.csrf, texts, texts.words.incomplete), 400);
    const pinned = await servers.pin(name, choices, person.name);
    switch (pinned.kind) {
      case "pinned":
        return goTo(c, house, `/servers/${id}`, texts.words.pinned);
      case "stale":
        return send(c, id, texts.words.stale, 409);
      case "unwritable":
        return sendPage(c, house, surveyPage(survey, visitor.csrf, texts, texts.words.unwritable(pinned.reason)), 409);
    }
  });
}
