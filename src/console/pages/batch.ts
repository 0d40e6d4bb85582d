/** Several requests for one tool, each in full, under one gesture. */

import { html } from "hono/html";
import type { OnDesk } from "../../approval/desk.ts";
import { MOST_IN_BATCH } from "../../approval/proof.ts";
import { titleOf, type View } from "../../approval/show.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { commentField, ticketField, type AllRequestWords } from "./request.ts";
import { riskBadge } from "./risk.ts";
import { viewBody, viewFacts, viewReason } from "./view.ts";

export interface BatchView {
  /** Path of the page of the request it began with. */
  readonly back: string;
  readonly action: string;
  readonly items: readonly OnDesk[];
  readonly csrf: string;
}

const factsOf = ({ agent, server, endpoint, kind, name, access, destructive, rules }: View): string =>
  JSON.stringify([agent, server, endpoint, kind, name, access, destructive, rules]);

/** All of each view is shown; who asks for what is said again only where it differs from the one before. */
const item = ({ request }: OnDesk, before: OnDesk | undefined, words: AllRequestWords): Html =>
  html`<section class="batch">
    <h2>
      <a class="code" href="/requests/${request.id}">${request.code}</a>
      <label class="tick"
        ><input type="checkbox" name="request" value="${request.id} ${request.shown}" checked />
        ${words.request.batch.include}</label
      >
    </h2>
    ${
      before !== undefined && factsOf(before.request.view) === factsOf(request.view)
        ? ""
        : viewFacts(request.view, words.approvals, [])
    }
    ${viewBody(request.view, words.approvals)} ${viewReason(request.view, words.approvals)}
  </section>`;

const ticketAsked = (items: readonly OnDesk[]): string | undefined =>
  items
    .flatMap(({ standing }) => (standing.state === "open" ? standing.missing : []))
    .find(({ ticket }) => ticket !== undefined)?.ticket;

export function batchPage({ back, action, items, csrf }: BatchView, words: AllRequestWords): Page {
  const { batch, answer, toEnd } = words.request;
  const [first] = items;
  const ticket = ticketAsked(items);
  const title = batch.title(first === undefined ? "" : titleOf(first.request));
  return {
    title,
    body: html`<article>
      <header class="head">
        ${first === undefined ? "" : riskBadge(first.request, words.inbox)}
        <h1>${title}</h1>
        <p class="sub">${items.length === 0 ? batch.none : batch.lead(MOST_IN_BATCH)}</p>
      </header>
      <form method="post" action="${action}" data-gesture="${action}/challenge">
        ${csrfField(csrf)} ${items.map((each, at) => item(each, items[at - 1], words))}
        ${
          items.length === 0
            ? ""
            : html`<div class="answer">
                <h2>${answer.title}</h2>
                ${ticket === undefined ? "" : ticketField(ticket, answer)} ${commentField(answer.comment, "")}
                <p class="hint" data-unread hidden>${toEnd}</p>
                <div class="buttons">
                  <button name="answer" value="approve" class="primary" data-answers="approve" disabled>
                    ${batch.button}
                  </button>
                  <button name="answer" value="deny" class="danger" data-answers="deny" disabled>${batch.deny}</button>
                </div>
              </div>`
        }
      </form>
      <p><a href="${back}">${batch.back}</a></p>
    </article>`,
  };
}
