/** Stopping, which nobody with a part in answering is kept from, and resuming, which a passkey signs. */

import { may, rolesOf, type Approver } from "../../approval/approver.ts";
import type { ResumptionBody } from "../../approval/resumption.ts";
import { en, ja } from "../../words/console-stops.ts";
import { passkeysAt } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { stopsFragment, stopsPage, type StopsView } from "../pages/stops.ts";
import { goTo, personOf, sendFragment, sendPage } from "../respond.ts";
import { openSigning } from "../signing.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";

const MOST_LETTERS = 500;

const mayPlace = (person: Approver): boolean => rolesOf(person).some((role) => role !== "auditor");

const reasonIn = (form: URLSearchParams): string => (form.get("reason") ?? "").trim().slice(0, MOST_LETTERS);

const wordsOf = (c: ConsoleContext) => (c.var.visitor.language === "ja" ? ja : en);

export function stopRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { stops } = ports.pages;
  const signing = openSigning<ResumptionBody>(ports.site, "kidoban-resume/v1");
  async function view(c: ConsoleContext): Promise<StopsView> {
    const person = personOf(c);
    const lifts = !may(person, "resume") ? "not" : passkeysAt(ports.site, person).length > 0 ? "passkey" : "terminal";
    const [list, agents] = await Promise.all([stops.list(), stops.agents()]);
    return { stops: list, agents, csrf: c.var.visitor.csrf, places: mayPlace(person), lifts };
  }

  app.get("/stops", async (c) => sendPage(c, house, stopsPage(await view(c), wordsOf(c))));
  app.get("/fragments/stops", async (c) => sendFragment(c, stopsFragment(await view(c), wordsOf(c))));

  app.post("/stops", async (c) => {
    const person = personOf(c);
    const words = wordsOf(c);
    if (!mayPlace(person)) return c.text("refused: role\n", 403);
    const agent = c.var.form.get("agent") ?? "";
    const reason = reasonIn(c.var.form);
    if (reason === "") return sendPage(c, house, stopsPage(await view(c), words, words.noReason), 400);
    if (agent !== "" && !(await stops.agents()).includes(agent))
      return sendPage(c, house, stopsPage(await view(c), words, words.unknownAgent), 400);
    await stops.place({ ...(agent === "" ? {} : { agent }), reason, by: person.name, placedAt: ports.now() });
    return goTo(c, house, "/stops", words.placed);
  });

  app.post("/stops/:id/challenge", async (c) => {
    const person = personOf(c);
    const words = wordsOf(c);
    const stop = c.req.param("id");
    const reason = reasonIn(c.var.form);
    if (reason === "") return c.json({ problem: words.noReason }, 400);
    if (!(await stops.mayLift(stop)).some((one) => one.name === person.name && may(one, "resume")))
      return c.json({ problem: words.notAllowed }, 403);
    const body = { v: 1, stop, reason, approver: person.name, liftedAt: ports.now() } as const;
    const offered = signing.ask(c.var.visitor.visit, person, body, ports.now());
    return offered === undefined ? c.json({ problem: words.notSigned }, 403) : c.json(offered);
  });

  app.post("/stops/:id/lift", async (c) => {
    const words = wordsOf(c);
    const { gesture } = consoleWords(c.var.visitor.language);
    const signed = signing.signed(c.var.visitor.visit, personOf(c), c.var.form, ports.now());
    if (signed === undefined || signed.body.stop !== c.req.param("id"))
      return sendPage(c, house, stopsPage(await view(c), words, gesture.stale), 409);
    switch (await stops.lift(signed)) {
      case "lifted":
        return goTo(c, house, "/stops", words.lifted);
      case "gone":
        return goTo(c, house, "/stops", words.gone);
      case "not-approver":
        return sendPage(c, house, stopsPage(await view(c), words, words.notSigned), 403);
    }
  });
}
