/** Giving a pass from a request, and the passes there are. */

import { html } from "hono/html";
import type { OnDesk } from "../../approval/desk.ts";
import type { Pass } from "../../approval/pass.ts";
import { visibleLine, visibleText } from "../../approval/visible.ts";
import { written } from "../../policy/pattern.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { PassWords } from "../../words/console-passes.ts";
import { csrfField, LINE_END, type Html, type Page } from "../layout.ts";
import { badge, dataTable, said, time } from "./parts.ts";
import { requestHead, seatField, ticketField, type AllRequestWords, type Answerer } from "./request.ts";
import { viewBody, viewFacts, viewReason } from "./view.ts";

export interface GiveView {
  readonly shown: OnDesk;
  readonly answerer: Answerer;
  readonly args: JsonObject;
  readonly csrf: string;
}

/** An argument's value as the field of its bound shows it: a text as it is, everything else as JSON. */
export const boundText = (value: JsonObject[string]): string =>
  typeof value === "string" ? value : JSON.stringify(value);

const bound = (name: string, value: JsonObject[string], words: PassWords["give"]): Html =>
  html`<label class="field"
    ><span>${words.bound} <code>${visibleLine(name)}</code></span>
    <textarea class="said" name="bound.${name}" rows="2" spellcheck="false">${LINE_END}${boundText(value)}</textarea>
  </label>`;

const number = (name: string, most: number, value: number, label: string, hint: string): Html =>
  html`<label class="field"
    ><span>${label} <small>${hint}</small></span>
    <input type="number" name="${name}" min="1" max="${most}" value="${value}" required />
  </label>`;

export function givePage(view: GiveView, all: AllRequestWords, words: PassWords): Page {
  const { shown, answerer, args, csrf } = view;
  const { request, standing } = shown;
  const { give } = words;
  const here = `/requests/${request.id}`;
  const ticket =
    standing.state === "open" ? standing.missing.find((each) => each.ticket !== undefined)?.ticket : undefined;
  return {
    title: `${give.title} ${request.code}`,
    body: html`<article>
      ${requestHead(shown, all)} ${viewFacts(request.view, all.approvals, [])} ${viewBody(request.view, all.approvals)}
      ${viewReason(request.view, all.approvals)}
      <form class="answer" method="post" action="${here}/pass" data-gesture="${here}/pass/challenge">
        ${csrfField(csrf)}<input type="hidden" name="shown" value="${request.shown}" />
        <h2>${give.title}</h2>
        <p>${give.lead}</p>
        <fieldset>
          <legend>${give.how}</legend>
          <label class="tick"><input type="radio" name="how" value="exact" checked /> ${give.exact}</label>
          <label class="tick"><input type="radio" name="how" value="within" /> ${give.within}</label>
          <details>
            <summary>${give.bounds}</summary>
            <p class="hint">${give.boundHint}</p>
            ${Object.entries(args).map(([name, value]) => bound(name, value, give))}
          </details>
        </fieldset>
        <div class="grid">
          ${number("minutes", 60, 30, give.minutes, give.minutesHint)}
          ${number("count", 10, 5, give.count, give.countHint)}
        </div>
        ${ticket === undefined ? "" : ticketField(ticket, all.request.answer)}
        ${seatField(answerer.turn, all.request.answer)}
        <label class="field"
          ><span>${give.reason} <small>${give.reasonHint}</small></span>
          <input name="reason" maxlength="500" required />
        </label>
        <p class="hint">${give.note}</p>
        <p class="hint" data-unread hidden>${all.request.toEnd}</p>
        <div class="buttons">
          <button class="primary" data-answers="approve" disabled>${give.button}</button>
          <a class="button" href="${here}">${all.request.edit.back}</a>
        </div>
      </form>
    </article>`,
  };
}

type PassState = keyof PassWords["states"];

function passState({ body, uses, revokedAt }: Pass, now: number): PassState {
  if (revokedAt !== undefined) return "revoked";
  if (now > body.until) return "over";
  if (uses >= body.count) return "used-up";
  return now < body.from ? "waits" : "open";
}

export interface PassesView {
  readonly passes: readonly Pass[];
  readonly csrf: string;
  readonly person: string;
  /** Whether they may sign: `terminal`, with their key and not here, where no passkey of theirs works. */
  readonly signs: "passkey" | "terminal" | "not";
  /** To take a leave back takes no key. */
  readonly revokes: boolean;
  readonly now: number;
}

const argumentsText = ({ arguments: args }: Pass["body"], words: PassWords): Html =>
  args.kind === "exact"
    ? html`<small>${words.exact}</small>`
    : html`<pre>${visibleText(JSON.stringify(args.bounds, null, 2))}</pre>`;

function doIt(pass: Pass, view: PassesView, words: PassWords): Html {
  const state = passState(pass, view.now);
  if (state === "revoked" || state === "over" || state === "used-up") return html``;
  const { pass: id } = pass.body;
  const isSigned = pass.signatures.some(({ approver }) => approver === view.person);
  return html`${
    isSigned || view.signs !== "passkey"
      ? ""
      : html`<form method="post" action="/passes/${id}/sign" data-gesture="/passes/${id}/challenge">
          ${csrfField(view.csrf)}<button class="quiet" data-answers="sign" disabled>${words.sign}</button>
        </form>`
  }
  ${
    view.revokes
      ? html`<form method="post" action="/passes/${id}/revoke">
          ${csrfField(view.csrf)}<button class="quiet danger">${words.revoke}</button>
        </form>`
      : ""
  }`;
}

export function passesPage(view: PassesView, words: PassWords): Page {
  const rows = view.passes.map((pass): readonly (Html | string)[] => {
    const { body, signatures, uses } = pass;
    const state = passState(pass, view.now);
    return [
      html`<b class="said">${visibleLine(body.agent)}</b> <span class="name">${visibleLine(written(body))}</span><br />
        ${argumentsText(body, words)}<br /><small>${words.reason}: ${said(body.reason)}</small>`,
      // Whether it leaves anything also hangs on its signatures, which are judged when it is used.
      badge("plain", words.states[state]),
      html`${time(body.from)} – ${time(body.until)}`,
      html`<span class="whole">${words.uses(uses, body.count)}</span>`,
      signatures.map(({ approver }) => approver).join(", "),
      doIt(pass, view, words),
    ];
  });
  const { head } = words;
  return {
    title: words.title,
    body: html`<h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${
        rows.length === 0
          ? html`<div class="empty"><p>${words.none}</p></div>`
          : html`${dataTable(words.title, [head.what, head.state, head.until, head.uses, head.signers, head.do], rows)}
            ${view.signs === "terminal" ? html`<p class="hint">${words.terminal} <code>kidoban pass sign ID</code></p>` : ""}`
      }`,
  };
}
