/** One request: its page, and the answers to it. Each answer is signed for itself; what is signed waits here meanwhile. */

import { may } from "../../approval/approver.ts";
import type { Answered, OnDesk, Refusal } from "../../approval/desk.ts";
import { redeemUntil } from "../../approval/request.ts";
import { passFor } from "../../approval/pass-desk.ts";
import { editable } from "../../approval/quorum.ts";
import { statementBody, type AnswerWord, type Remarks, type StatementBody } from "../../approval/statement.ts";
import { turnOf } from "../../approval/turn.ts";
import { en as approvalsEn, ja as approvalsJa } from "../../words/approvals.ts";
import { en as inboxEn, ja as inboxJa } from "../../words/console-inbox.ts";
import { en, ja } from "../../words/console-request.ts";
import { passkeysAt } from "../gesture.ts";
import { consoleWords } from "../layout.ts";
import { noticePage } from "../pages/notice.ts";
import { localTime } from "../../log/told.ts";
import { glassPage, requestPage, type AllRequestWords, type Answerer, type RequestView } from "../pages/request.ts";
import { isOpen, standingFragment } from "../pages/standing.ts";
import { goTo, personOf, sendFragment, sendPage } from "../respond.ts";
import { openSigning } from "../signing.ts";
import { togetherWith } from "../together.ts";
import type { ConsoleApp, ConsoleContext, House } from "../visitor.ts";
import { cameByProvider } from "./entrance.ts";

export const wordsOf = (c: ConsoleContext): AllRequestWords =>
  c.var.visitor.language === "ja"
    ? { request: ja, approvals: approvalsJa, inbox: inboxJa }
    : { request: en, approvals: approvalsEn, inbox: inboxEn };

const isAnswer = (text: string | null): text is AnswerWord =>
  text === "approve" || text === "deny" || text === "return" || text === "break-glass";

const MOST_LETTERS = 2000;

/** What stands beside an answer, as it was typed; empty fields are none. */
export function remarksIn(form: URLSearchParams): Remarks {
  const field = (name: string): string | undefined => {
    const text = (form.get(name) ?? "").replaceAll("\r\n", "\n").trim().slice(0, MOST_LETTERS);
    return text === "" ? undefined : text;
  };
  const [comment, ticket, standsFor] = [field("comment"), field("ticket"), field("for")];
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(standsFor === undefined ? {} : { standsFor }),
  };
}

function answeredSentence(answered: Answered, words: AllRequestWords): string {
  const { answered: sentences } = words.approvals;
  if (answered.kind === "refused") return sentences.refused[answered.why];
  const { request, standing } = answered;
  switch (standing.state) {
    case "met":
      return sentences.approved(request.code, localTime(redeemUntil(request.obligations, standing.metAt)));
    case "open":
      return sentences.waiting(request.code);
    case "denied":
      return sentences.denied(request.code);
    case "returned":
      return sentences.returned(request.code);
  }
}

/** Enough to know whether there can be a pass at all. */
const NO_TERMS = { pass: "", issuedAt: 0, from: 0, until: 0, count: 1, reason: "" };

export function requestRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  const { desk, site } = ports;
  const signing = openSigning<StatementBody>(site, "kidoban-statement/v1");

  async function answererOf(c: ConsoleContext, shown: OnDesk): Promise<Answerer> {
    const person = personOf(c);
    const { request } = shown;
    const isEditable = request.kind === "tool" && request.state === "pending" && !cameByProvider(c);
    const [statements, people] = await Promise.all([ports.statements(request.id), ports.people()]);
    return {
      turn: turnOf(request, statements, people, person.name, ports.now()),
      role: !may(person, "answer") ? "reader" : passkeysAt(site, person).length > 0 ? "answers" : "no-passkey",
      editable: isEditable ? editable(request.obligations) : [],
      together: (await togetherWith(ports, request)).length,
      pass: passFor(request, ports.config, NO_TERMS) !== undefined,
    };
  }

  /** Undefined where there is nothing to show; then the answer is sent already. */
  async function found(c: ConsoleContext): Promise<OnDesk | Response> {
    const shown = await desk.show(c.req.param("id") ?? "");
    if (shown.kind === "found") return shown;
    const { notice } = consoleWords(c.var.visitor.language);
    const { altered } = wordsOf(c).request;
    return shown.kind === "altered"
      ? sendPage(c, house, noticePage(altered), 409)
      : sendPage(c, house, noticePage(notice.missing), 404);
  }

  async function viewOf(c: ConsoleContext, shown: OnDesk): Promise<RequestView> {
    const [past, answerer] = await Promise.all([ports.past(shown.request), answererOf(c, shown)]);
    return { shown, past, answerer, csrf: c.var.visitor.csrf, now: ports.now() };
  }

  app.get("/requests/:id", async (c) => {
    const shown = await found(c);
    return shown instanceof Response ? shown : sendPage(c, house, requestPage(await viewOf(c, shown), wordsOf(c)));
  });

  app.get("/fragments/requests/:id", async (c) => {
    const shown = await found(c);
    const words = wordsOf(c);
    return shown instanceof Response
      ? shown
      : sendFragment(c, standingFragment(shown, words.request, words.approvals, ports.now()));
  });

  app.get("/requests/:id/break-glass", async (c) => {
    const shown = await found(c);
    if (shown instanceof Response) return shown;
    const words = wordsOf(c);
    const view = await viewOf(c, shown);
    if (!view.answerer.turn.breakGlass || !isOpen(shown, view.now))
      return sendPage(c, house, noticePage({ title: words.request.glass.title, text: words.request.glass.no }), 403);
    return sendPage(c, house, glassPage(view, words));
  });

  app.post("/requests/:id/challenge", async (c) => {
    const { form, visitor } = c.var;
    const person = personOf(c);
    const words = wordsOf(c);
    const refuse = (why: Refusal) => c.json({ problem: words.approvals.answered.refused[why] }, 409);
    const answer = form.get("answer");
    if (!isAnswer(answer)) return refuse("malformed");
    const shown = await desk.show(c.req.param("id"));
    if (shown.kind !== "found") return refuse(shown.kind === "altered" ? "altered" : "no-such-request");
    const now = ports.now();
    const { request } = shown;
    if (!isOpen(shown, now)) return refuse("closed");
    // What this page showed, and nothing that took its place since.
    if (form.get("shown") !== request.shown) return refuse("shown-otherwise");
    const remarks = remarksIn(form);
    if ((answer === "return" || answer === "break-glass") && remarks.comment === undefined)
      return refuse("comment-missing");
    const { role, turn } = await answererOf(c, shown);
    if (role !== "answers") return refuse("no-approver");
    const isTheirs = remarks.standsFor === undefined ? turn.approve : turn.seats.includes(remarks.standsFor);
    if ((answer === "approve" && !isTheirs) || (answer === "break-glass" && !turn.breakGlass))
      return refuse("not-your-turn");
    const body = statementBody(request, answer, person.name, now, remarks, await desk.seen());
    const offered = signing.ask(visitor.visit, person, body, now);
    return offered === undefined ? refuse("other-key") : c.json(offered);
  });

  app.post("/requests/:id/answer", async (c) => {
    const { form, visitor } = c.var;
    const here = `/requests/${encodeURIComponent(c.req.param("id"))}`;
    const words = wordsOf(c);
    const signed = signing.signed(visitor.visit, personOf(c), form, ports.now());
    if (signed === undefined || signed.body.request !== c.req.param("id"))
      return goTo(c, house, here, consoleWords(visitor.language).gesture.stale);
    const answered = await desk.answer({ ...signed, assurance: "verified" });
    return goTo(c, house, here, answeredSentence(answered, words));
  });
}
