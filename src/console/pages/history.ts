/** Past requests: the list with its filters. One request in full: history-record.ts. */

import { html } from "hono/html";
import { titleOf } from "../../approval/show.ts";
import type { Request, RequestState } from "../../approval/request.ts";
import { visibleLine } from "../../approval/visible.ts";
import type { ApprovalWords } from "../../words/approvals.ts";
import type { HistoryWords } from "../../words/console-history.ts";
import type { Html, Page } from "../layout.ts";
import type { HistoryFilter } from "../page-ports.ts";
import { badge, dataTable, query, select, sorted, time, type Tone } from "./parts.ts";

export interface HistoryView {
  readonly filter: HistoryFilter;
  readonly rows: readonly Request[];
  /** Whether there is more behind the last row. */
  readonly more: boolean;
  readonly agents: readonly string[];
  readonly servers: readonly string[];
  /** Whether this person may open one of them. */
  readonly opens: boolean;
}

export interface HistoryTexts {
  readonly words: HistoryWords;
  readonly approvals: ApprovalWords;
}

const TONES: Readonly<Record<RequestState, Tone>> = {
  pending: "warn",
  approved: "good",
  executing: "warn",
  succeeded: "good",
  failed: "bad",
  unknown: "bad",
  denied: "bad",
  expired: "plain",
  withdrawn: "plain",
  invalidated: "plain",
  returned: "warn",
  edited: "plain",
};

export const stateBadge = (state: RequestState, approvals: ApprovalWords): Html =>
  badge(TONES[state], approvals.states[state]);

function filters({ filter, agents, servers }: HistoryView, { words, approvals }: HistoryTexts): Html {
  const states = Object.entries(approvals.states).map(([value, label]) => ({ value, label }));
  return html`<form class="filters" method="get" action="/history">
    ${select("agent", words.agent, words.all, sorted(agents), filter.agent)}
    ${select("server", words.server, words.all, sorted(servers), filter.server)}
    ${select("state", words.state, words.all, states, filter.state)}
    <button class="quiet">${words.show}</button>
  </form>`;
}

const row = (request: Request, opens: boolean, { approvals }: HistoryTexts): readonly (Html | string)[] => [
  time(request.openedAt),
  opens ? html`<a class="code" href="/history/${request.id}">${request.code}</a>` : request.code,
  html`<b>${visibleLine(request.agent)}</b> ${titleOf(request)}`,
  stateBadge(request.state, approvals),
  request.closedAt === undefined ? "" : time(request.closedAt),
];

export function historyPage(view: HistoryView, texts: HistoryTexts): Page {
  const { words } = texts;
  const { rows, filter, more, opens } = view;
  const { agent, server, state } = filter;
  const { opened, code, what, state: stateWord, closed } = words.columns;
  const last = rows.at(-1);
  return {
    title: words.title,
    body: html`<section>
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${filters(view, texts)}
      ${
        rows.length === 0
          ? html`<p class="empty">${words.none}</p>`
          : dataTable(
              words.title,
              [opened, code, what, stateWord, closed],
              rows.map((each) => row(each, opens, texts)),
            )
      }
      <nav class="pager" aria-label="${words.title}">
        ${
          filter.before === undefined
            ? html`<span></span>`
            : html`<a href="/history${query({ agent, server, state })}">${words.newest}</a>`
        }
        ${
          more && last !== undefined
            ? html`<a href="/history${query({ agent, server, state, before: last.id })}">${words.older}</a>`
            : html`<span></span>`
        }
      </nav>
    </section>`,
  };
}
