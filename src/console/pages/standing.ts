/** How far the answers to a request have come; the part of its page that changes. */

import { html } from "hono/html";
import type { OnDesk } from "../../approval/desk.ts";
import type { Missing } from "../../approval/quorum.ts";
import { isOverdue } from "../../approval/request.ts";
import { visibleLine, visibleText } from "../../approval/visible.ts";
import type { ApprovalWords } from "../../words/approvals.ts";
import type { RequestWords } from "../../words/console-request.ts";
import type { Html } from "../layout.ts";
import { badge } from "./parts.ts";

/** Whether anybody can still answer. */
export const isOpen = ({ request }: OnDesk, now: number): boolean =>
  (request.state === "pending" || request.state === "approved") && !isOverdue(request, now);

const said = (words: RequestWords["standing"], { need, from, assurance, stage, ticket, rule }: Missing): Html =>
  html`<li>
    ${[
      words.missing(need, from),
      ...(stage === undefined ? [] : [words.stage(stage.number, stage.of)]),
      ...(assurance === "verified" ? [words.verified] : []),
      ...(ticket === undefined ? [] : [words.ticket(visibleLine(ticket))]),
      words.rule(rule),
    ].join(" · ")}
  </li>`;

function told({ standing }: OnDesk, { standing: words }: RequestWords): Html {
  const { state } = standing;
  switch (state) {
    case "met":
      return standing.brokenBy === undefined
        ? html`<p>${words.met(standing.approvers)}</p>`
        : html`<p class="problem">${words.broken(standing.brokenBy)}</p>`;
    case "denied":
      return html`<p>${words.denied(standing.by)}</p>
        ${standing.comment === undefined ? "" : html`<blockquote>${visibleText(standing.comment)}</blockquote>`}`;
    case "returned":
      return html`<p>${words.returned(standing.by)}</p>
        <blockquote>${visibleText(standing.comment)}</blockquote>`;
    case "open":
      return html`<p>${standing.approvers.length === 0 ? words.nobody : words.approved(standing.approvers)}</p>
        <ul>
          ${standing.missing.map((each) => said(words, each))}
        </ul>`;
  }
}

export function standingFragment(shown: OnDesk, words: RequestWords, approvals: ApprovalWords, now: number): Html {
  const { request } = shown;
  const open = isOpen(shown, now);
  const label = open || request.state !== "pending" ? approvals.states[request.state] : approvals.states.expired;
  return html`<section
    class="card"
    data-refresh="/fragments/requests/${request.id}"
    data-state="${open ? "open" : "closed"}"
  >
    <h2>${words.standing.title} ${badge(open ? "plain" : "warn", label)}</h2>
    ${told(shown, words)} ${open ? "" : html`<p>${words.standing.closed}</p>`}
    ${
      request.note === undefined || shown.standing.state === "denied" || shown.standing.state === "returned"
        ? ""
        : html`<p class="hint">
            ${words.standing.note}: ${approvals.reason(request.note) ?? visibleLine(request.note)}
          </p>`
    }
  </section>`;
}
