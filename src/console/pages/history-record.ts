/** One past request in full: what was asked, who answered what and how that is proven, what came of it. */

import { html } from "hono/html";
import { titleOf } from "../../approval/show.ts";
import { visibleText } from "../../approval/visible.ts";
import type { Html, Page } from "../layout.ts";
import type { Given, HistoryRecord } from "../page-ports.ts";
import { stateBadge, type HistoryTexts } from "./history.ts";
import { pretty } from "./log-trail.ts";
import { block, factList, said, time } from "./parts.ts";
import { riskBadge } from "./risk.ts";
import { viewBody, viewReason } from "./view.ts";

function answer({ statement, fault }: Given, { words, approvals }: HistoryTexts): Html {
  const { body, assurance, key } = statement;
  const { comment, ticket, standsFor } = body;
  return html`<li class="given ${body.answer}">
    <p>
      <b>${words.words[body.answer]}</b> ${words.by(body.approver)}
      ${standsFor === undefined ? "" : words.standsFor(standsFor)}
    </p>
    ${factList([
      [words.at, time(body.answeredAt)],
      [words.assurance, words.assurances[assurance]],
      [words.key, html`<code class="key">${key}</code>`],
      [words.ticket, ticket === undefined ? undefined : said(ticket)],
      [words.comment, comment === undefined ? undefined : visibleText(comment)],
    ])}
    <p class="${fault === undefined ? "holds" : "problem"}">
      ${fault === undefined ? words.signed : words.unsigned(approvals.answered.refused[fault])}
    </p>
  </li>`;
}

/** What was shown, answered and done. */
function content({ request, altered, given, result }: HistoryRecord, texts: HistoryTexts): Html {
  const { words, approvals } = texts;
  return html`${altered ? html`<p class="problem" role="alert">${words.altered}</p>` : html`${viewBody(request.view, approvals)} ${viewReason(request.view, approvals)}`}
    <h2>${words.answers}</h2>
    ${
      given.length === 0
        ? html`<p>${words.noAnswers}</p>`
        : html`<ol class="answers">
            ${given.map((each) => answer(each, texts))}
          </ol>`
    }
    <h2>${words.outcome}</h2>
    ${
      result === undefined
        ? html`<p>${words.noOutcome}</p>`
        : html`<p>${words.members[result.member]} · ${time(result.at)}</p>
            ${block(pretty(result.text), words.outcome)}`
    }`;
}

export function historyRecordPage(record: HistoryRecord, texts: HistoryTexts): Page {
  const { words, approvals } = texts;
  const { request } = record;
  const { facts } = words;
  return {
    title: words.record(request.code),
    body: html`<article class="record">
      <p><a href="/history">${words.back}</a></p>
      <h1>${words.record(request.code)} ${stateBadge(request.state, approvals)}</h1>
      <p class="what">
        ${riskBadge(request, { risk: riskWords(approvals) })} <b>${said(request.agent)}</b> ${titleOf(request)}
      </p>
      ${factList([
        [facts.opened, time(request.openedAt)],
        [facts.expires, time(request.expiresAt)],
        [facts.closed, request.closedAt === undefined ? undefined : time(request.closedAt)],
        [facts.note, request.note === undefined ? undefined : (approvals.reason(request.note) ?? said(request.note))],
        [facts.rules, request.rules.join(", ")],
        [facts.id, html`<code>${request.id}</code>`],
      ])}
      <p><a href="/log/${request.id}">${words.log}</a></p>
      ${request.removedAt === undefined ? content(record, texts) : html`<p>${words.removed(new Date(request.removedAt).toISOString().slice(0, 10))}</p>`}
    </article>`,
  };
}

const riskWords = ({ view }: HistoryTexts["approvals"]) => ({ ...view.accesses, destructive: view.destructive });
