/** What waits, oldest first. */

import { html } from "hono/html";
import { titleOf } from "../../approval/show.ts";
import type { Desk } from "../../approval/desk.ts";
import type { Request } from "../../approval/request.ts";
import { visibleLine } from "../../approval/visible.ts";
import type { InboxWords } from "../../words/console-inbox.ts";
import type { Html, Page } from "../layout.ts";
import { riskBadge } from "./risk.ts";

type Row = Awaited<ReturnType<Desk["list"]>>[number];

export interface InboxView {
  readonly total: number;
  readonly rows: readonly Row[];
  /** Id of the last request of the page before; left out on the first. */
  readonly after?: string;
  /** Where there are more: the id after which they begin. */
  readonly next?: string;
  readonly now: number;
}

/** A length of time in one unit, for people. */
function spanText(ms: number, words: InboxWords): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return words.seconds(seconds);
  return seconds < 5400 ? words.minutes(Math.round(seconds / 60)) : words.hours(Math.round(seconds / 3600));
}

/** Less than this is left: said in words, and stressed. */
const SOON_MS = 2 * 60_000;

const waiting = (request: Request, now: number, words: InboxWords): Html =>
  html`<li>
    <a class="row" href="/requests/${request.id}">
      ${riskBadge(request, words)}
      <span class="what"
        ><b class="said">${visibleLine(request.agent)}</b> ${words.asksFor}
        <b class="name">${titleOf(request)}</b></span
      >
      <span class="times"
        ><span class="code">${request.code}</span> ${words.age(spanText(now - request.openedAt, words))} ·
        <span class="${request.expiresAt - now < SOON_MS ? "soon" : ""}"
          >${words.left(spanText(request.expiresAt - now, words))}</span
        ></span
      >
    </a>
  </li>`;

const rowOf = (row: Row, now: number, words: InboxWords): Html =>
  row.kind === "found"
    ? waiting(row.request, now, words)
    : html`<li>
        <a class="row altered" href="/requests/${row.id}">
          <span class="badge bad">${words.altered}</span><span class="what"></span>
          <span class="times code">${row.code}</span>
        </a>
      </li>`;

const pager = ({ after, next }: InboxView, words: InboxWords): Html =>
  after === undefined && next === undefined
    ? html``
    : html`<nav class="pager" aria-label="${words.pages}">
        ${after === undefined ? html`<span></span>` : html`<a href="/">${words.first}</a>`}
        ${next === undefined ? html`<span></span>` : html`<a rel="next" href="/?after=${next}">${words.later}</a>`}
      </nav>`;

/** The part that is fetched anew when something changed. */
export const inboxFragment = (view: InboxView, words: InboxWords): Html =>
  html`<section
    data-refresh="/fragments/inbox${view.after === undefined ? "" : `?after=${view.after}`}"
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
            ${view.rows.map((row) => rowOf(row, view.now, words))}
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
