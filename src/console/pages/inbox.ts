/** What waits, oldest first. */

import { html } from "hono/html";
import { titleOf } from "../../approval/show.ts";
import type { Request } from "../../approval/request.ts";
import { visibleLine } from "../../approval/visible.ts";
import type { InboxWords } from "../../words/console-inbox.ts";
import type { Html, Page } from "../layout.ts";
import type { Range } from "../ports.ts";
import { riskBadge } from "./risk.ts";

export interface InboxView extends Range {
  readonly total: number;
  readonly requests: readonly Request[];
  readonly now: number;
}

/** A length of time in one unit, for people. */
export function spanText(ms: number, words: InboxWords): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return words.seconds(seconds);
  return seconds < 5400 ? words.minutes(Math.round(seconds / 60)) : words.hours(Math.round(seconds / 3600));
}

const row = (request: Request, now: number, words: InboxWords): Html =>
  html`<li>
    <a class="row" href="/requests/${request.id}">
      ${riskBadge(request, words)}
      <span class="what"
        ><b>${visibleLine(request.agent)}</b> ${words.asksFor} <b class="name">${titleOf(request)}</b></span
      >
      <span class="times"
        ><span class="code">${request.code}</span> ${words.age(spanText(now - request.openedAt, words))} ·
        ${words.left(spanText(request.expiresAt - now, words))}</span
      >
    </a>
  </li>`;

function pager({ from, count, total }: InboxView, words: InboxWords): Html {
  if (total <= count) return html``;
  const to = Math.min(from + count, total);
  return html`<nav class="pager" aria-label="${words.range(from + 1, to, total)}">
    ${from > 0 ? html`<a href="/?from=${Math.max(0, from - count)}">${words.older}</a>` : html`<span></span>`}
    <span>${words.range(from + 1, to, total)}</span>
    ${to < total ? html`<a href="/?from=${to}">${words.newer}</a>` : html`<span></span>`}
  </nav>`;
}

/** The part that is fetched anew when something changed. */
export const inboxFragment = (view: InboxView, words: InboxWords): Html =>
  html`<section
    data-refresh="/fragments/inbox?from=${view.from}"
    data-total="${view.total}"
    data-title="${words.title}"
  >
    <h1>${view.total === 0 ? words.title : words.waits(view.total)}</h1>
    ${
      view.total === 0
        ? html`<div class="empty">
            <p>${words.empty}</p>
            <p class="hint">${words.emptyHint}</p>
          </div>`
        : html`<ul class="rows" data-rows>
            ${view.requests.map((request) => row(request, view.now, words))}
          </ul>`
    }
    ${pager(view, words)}
  </section>`;

export const inboxPage = (view: InboxView, words: InboxWords): Page => ({
  title: words.title,
  body: html`${inboxFragment(view, words)}
    <p class="hint">
      <button class="quiet" data-notify data-arrived="${words.arrived}" data-done="${words.notified}" hidden>
        ${words.notify}
      </button>
    </p>`,
});
