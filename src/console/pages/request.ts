/** One request: what would run, where it stands, and the answers that this person can give. */

import { html } from "hono/html";
import type { OnDesk } from "../../approval/desk.ts";
import type { Turn } from "../../approval/turn.ts";
import { titleOf } from "../../approval/show.ts";
import { markUnseen, visibleLine } from "../../approval/visible.ts";
import type { ApprovalWords } from "../../words/approvals.ts";
import type { InboxWords } from "../../words/console-inbox.ts";
import type { RequestWords } from "../../words/console-request.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import type { Past } from "../ports.ts";
import { visibleDiff } from "./diff.ts";
import { localTime } from "../../log/told.ts";
import { time } from "./parts.ts";
import { riskBadge } from "./risk.ts";
import { isOpen, standingFragment } from "./standing.ts";
import { diffWords, viewBody, viewFacts, viewReason } from "./view.ts";

/** What this person can do about it. */
export interface Answerer {
  readonly turn: Turn;
  /** `reader`: no approver; `no-passkey`: none that works here. */
  readonly role: "answers" | "reader" | "no-passkey";
  /** Names of arguments they may change. */
  readonly editable: readonly string[];
  /** How many of the same tool wait, this one included; 0 where they cannot be answered together. */
  readonly together: number;
  readonly pass: boolean;
}

export interface RequestView {
  readonly shown: OnDesk;
  readonly past: Past;
  readonly answerer: Answerer;
  readonly csrf: string;
  readonly now: number;
}

export interface AllRequestWords {
  readonly request: RequestWords;
  readonly approvals: ApprovalWords;
  readonly inbox: InboxWords;
}

/** The wildcards that some rule asks a ticket to fit, while it is missing. */
const ticketOf = ({ standing }: OnDesk): string | undefined =>
  standing.state === "open" ? standing.missing.find(({ ticket }) => ticket !== undefined)?.ticket : undefined;

export const commentField = (label: string, hint: string, required = false): Html =>
  html`<label class="field"
    ><span>${label} <small>${hint}</small></span>
    <textarea name="comment" maxlength="2000" ${required ? html`required` : ""}></textarea>
  </label>`;

export const ticketField = (pattern: string, words: RequestWords["answer"]): Html =>
  html`<label class="field"
    ><span>${words.ticket} <small>${words.ticketHint(visibleLine(pattern))}</small></span>
    <input name="ticket" maxlength="100" autocomplete="off" spellcheck="false" />
  </label>`;

export const seatField = (turn: Turn, words: RequestWords["answer"]): Html =>
  turn.seats.length === 0
    ? html``
    : html`<label class="field"
        ><span>${words.standsFor}</span>
        <select name="for">
          ${turn.approve ? html`<option value="">${words.self}</option>` : ""}
          ${turn.seats.map((name) => html`<option value="${name}">${name}</option>`)}
        </select>
      </label>`;

function previous({ shown, past }: RequestView, words: AllRequestWords): Html {
  const { approved } = past;
  const { previous: label } = words.request;
  if (approved === undefined) return html`<p class="hint">${label.none}</p>`;
  const [before, after] = [approved.view.arguments, shown.request.view.arguments].map((text) =>
    markUnseen(text, "lines"),
  );
  return html`<details class="card">
    <summary>${label.title}</summary>
    <p class="hint">${label.at(localTime(approved.openedAt), words.approvals.states[approved.state])}</p>
    ${
      before === after
        ? html`<p>${label.same}</p>`
        : visibleDiff(before ?? "", after ?? "", label.title, diffWords(words.approvals))
    }
  </details>`;
}

const button = (answer: string, style: string, label: string, key: string): Html =>
  html`<button
    name="answer"
    value="${answer}"
    class="${style}"
    data-answers="${answer}"
    ${key === "" ? "" : html`data-key="${key}"`}
    disabled
  >
    ${label}${key === "" ? "" : html` <kbd>${key}</kbd>`}
  </button>`;

function answerForm(view: RequestView, words: RequestWords): Html {
  const { shown, answerer, csrf } = view;
  const { request } = shown;
  const { turn, role, editable, together, pass } = answerer;
  const label = words.answer;
  if (!isOpen(shown, view.now)) return html``;
  if (role !== "answers") return html`<p class="hint">${role === "reader" ? label.reader : label.noPasskey}</p>`;
  const mayApprove = turn.approve || turn.seats.length > 0;
  const ticket = ticketOf(shown);
  const here = `/requests/${request.id}`;
  return html`<form
    class="answer"
    method="post"
    action="${here}/answer"
    data-gesture="${here}/challenge"
    aria-label="${label.title}"
  >
    ${csrfField(csrf)}<input type="hidden" name="shown" value="${request.shown}" />
    <h2>${label.title}</h2>
    ${mayApprove ? "" : html`<p class="hint">${label.notYours}</p>`}
    ${mayApprove && ticket !== undefined ? ticketField(ticket, label) : ""} ${seatField(turn, label)}
    ${commentField(label.comment, label.commentHint)}
    <p class="hint" data-unread hidden>${words.toEnd}</p>
    <div class="buttons">
      ${mayApprove ? button("approve", "primary", label.approve, "a") : ""} ${button("deny", "danger", label.deny, "d")}
      ${button("return", "", label.return, "")}
    </div>
    <p class="more">
      ${mayApprove && editable.length > 0 ? html`<a href="${here}/edit">${label.edit}</a>` : ""}
      ${mayApprove && pass ? html`<a href="${here}/pass">${label.pass}</a>` : ""}
      ${mayApprove && together > 1 ? html`<a href="${here}/batch">${label.batch(together)}</a>` : ""}
      ${turn.breakGlass ? html`<a class="loud" href="${here}/break-glass">${words.glass.link}</a>` : ""}
    </p>
  </form>`;
}

/** Who asks for what, in one heading. */
export const requestHead = ({ request }: OnDesk, words: AllRequestWords): Html =>
  html`<header class="head">
    ${riskBadge(request, words.inbox)}
    <h1><span class="name">${titleOf(request)}</span></h1>
    <p class="sub">
      <span>${words.approvals.view.agent}: <b class="said">${visibleLine(request.agent)}</b></span>
      <span class="code">${request.code}</span>
    </p>
  </header>`;

export function requestPage(view: RequestView, words: AllRequestWords): Page {
  const { shown, past, now } = view;
  const { request } = shown;
  const { request: own, approvals } = words;
  return {
    title: `${request.code} ${titleOf(request)}`,
    body: html`<article>
      ${requestHead(shown, words)}
      ${viewFacts(request.view, approvals, [
        [own.askedAt, time(request.openedAt)],
        [own.openUntil, time(request.expiresAt)],
        [own.attended, request.attended ? own.callerWaits : own.callerGone],
        [own.today, own.todayCounts(past.askedToday, past.approvedToday)],
      ])}
      ${viewBody(request.view, approvals)} ${previous(view, words)} ${standingFragment(shown, own, approvals, now)}
      ${viewReason(request.view, approvals)} ${answerForm(view, own)}
    </article>`,
  };
}

/** One alone, past everybody: a page of its own, so that nobody is there by mistake. */
export function glassPage(view: RequestView, words: AllRequestWords): Page {
  const { shown, csrf } = view;
  const { request } = shown;
  const { glass, answer, toEnd } = words.request;
  const here = `/requests/${request.id}`;
  const ticket = ticketOf(shown);
  return {
    title: `${glass.title} ${request.code}`,
    body: html`<article>
      ${requestHead(shown, words)} ${viewFacts(request.view, words.approvals, [])}
      ${viewBody(request.view, words.approvals)} ${viewReason(request.view, words.approvals)}
      <form class="answer glass" method="post" action="${here}/answer" data-gesture="${here}/challenge">
        ${csrfField(csrf)}<input type="hidden" name="shown" value="${request.shown}" />
        <h2>${glass.title}</h2>
        <p>${glass.lead}</p>
        ${ticket === undefined ? "" : ticketField(ticket, answer)} ${commentField(glass.reason, "", true)}
        <p class="hint" data-unread hidden>${toEnd}</p>
        <div class="buttons">
          <button name="answer" value="break-glass" class="loud" data-answers="approve" disabled>
            ${glass.button}
          </button>
          <a class="button" href="${here}">${words.request.edit.back}</a>
        </div>
      </form>
    </article>`,
  };
}
