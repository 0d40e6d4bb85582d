/** A changed configuration: shown as it stands on disk, accepted by an owner's passkey over exactly that. */

import type { AcceptanceBody } from "../../approval/acceptance.ts";
import { may } from "../../approval/approver.ts";
import * as accept from "../../words/accept.ts";
import * as words from "../../words/console-config.ts";
import { passkeysAt } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { configPage, type Accepts, type ConfigTexts } from "../pages/config.ts";
import { goTo, personOf, sendPage } from "../respond.ts";
import { openSigning } from "../signing.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const textsOf = (c: ConsoleContext): ConfigTexts =>
  c.var.visitor.language === "ja"
    ? { words: words.ja, accept: accept.ja, language: "ja" }
    : { words: words.en, accept: accept.en, language: "en" };

export function configRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { config } = ports.pages;
  const signing = openSigning<AcceptanceBody>(ports.site, "kidoban-accept/v1");

  async function send(c: ConsoleContext, problem?: string, status: 200 | 403 | 409 = 200): Promise<Response> {
    const person = personOf(c);
    const accepts: Accepts = !may(person, "accept")
      ? "not"
      : passkeysAt(ports.site, person).length > 0
        ? "passkey"
        : "terminal";
    const page = configPage(await config.view(), accepts, c.var.visitor.csrf, textsOf(c), problem);
    return sendPage(c, house, page, status);
  }

  app.get("/config", (c) => send(c));

  app.post("/config/challenge", async (c) => {
    const person = personOf(c);
    const { words: said } = textsOf(c);
    if (!may(person, "accept")) return c.json({ problem: said.notApprover }, 403);
    const view = await config.view();
    const { form, visitor } = c.var;
    // What was on the page, not what is there by now.
    if (view.kind !== "differs" || view.digest !== form.get("digest") || view.previous !== form.get("previous"))
      return c.json({ problem: said.overtaken }, 409);
    const body: AcceptanceBody = {
      v: 1,
      config: view.config,
      previous: view.previous,
      digest: view.digest,
      approver: person.name,
      acceptedAt: Math.max(ports.now(), view.acceptableFrom),
    };
    const offered = signing.ask(visitor.visit, person, body, ports.now());
    return offered === undefined ? c.json({ problem: said.notApprover }, 403) : c.json(offered);
  });

  app.post("/config/accept", async (c) => {
    const { words: said } = textsOf(c);
    const { gesture } = consoleWords(c.var.visitor.language);
    const signed = signing.signed(c.var.visitor.visit, personOf(c), c.var.form, ports.now());
    if (signed === undefined) return send(c, gesture.stale, 409);
    switch (await config.accept(signed)) {
      case "accepted":
        return goTo(c, house, "/config", said.done);
      case "overtaken":
        return send(c, said.overtaken, 409);
      case "not-approver":
        return send(c, said.notApprover, 403);
      case "needs-another":
        return goTo(c, house, "/config", said.needsAnother);
      case "needs-two":
        return send(c, said.needsTwo, 403);
    }
  });
}
