/** Stops in force, with who has heard of them; placing one, and lifting one with a passkey. */

import { html } from "hono/html";
import { visibleLine } from "../../approval/visible.ts";
import type { Stop } from "../../store/store.ts";
import type { StopPageWords } from "../../words/console-stops.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { badge, select, sorted, time } from "./parts.ts";

export interface StopView {
  readonly stop: Stop;
  /** Pids of live gates that have not acknowledged. */
  readonly waitingFor: readonly number[];
  readonly acknowledged: number;
}

export interface StopsView {
  readonly stops: readonly StopView[];
  readonly agents: readonly string[];
  readonly csrf: string;
  /** Whether this person may place one. */
  readonly places: boolean;
  /** How this person lifts one. */
  readonly lifts: "passkey" | "terminal" | "not";
}

function lifting({ stop }: StopView, { lifts, csrf }: StopsView, words: StopPageWords): Html {
  switch (lifts) {
    case "not":
      return html`<p class="hint">${words.notAllowed}</p>`;
    case "terminal":
      return html`<p class="hint">${words.noPasskey} <code>kidoban resume ${stop.id} --reason TEXT</code></p>`;
    case "passkey":
      return html`<form
        class="inline"
        method="post"
        action="/stops/${stop.id}/lift"
        data-gesture="/stops/${stop.id}/challenge"
      >
        ${csrfField(csrf)}
        <label class="field"><span>${words.resumeReason}</span><input name="reason" required maxlength="500" /></label>
        <button class="primary">${words.resume}</button>
      </form>`;
  }
}

const one = ({ stop, waitingFor, acknowledged }: StopView, words: StopPageWords): Html => {
  const whom = stop.agent === undefined ? words.everybody : words.whom(visibleLine(stop.agent));
  return html`<li class="card">
    <p>${badge("bad", whom)} <b>${visibleLine(stop.reason)}</b></p>
    <p class="hint">${time(stop.placedAt)} · ${words.by(visibleLine(stop.by))} · <code>${stop.id}</code></p>
    <p>${waitingFor.length === 0 ? words.acknowledged(acknowledged) : words.waiting(waitingFor.join(", "))}</p>
    <p><a href="/stops?of=${stop.id}#resume-${stop.id}">${words.resume}</a></p>
  </li>`;
};

/** The part that is fetched anew when something changed. It holds no form, or what is typed into it would be lost. */
export const stopsFragment = ({ stops }: StopsView, words: StopPageWords): Html =>
  html`<section data-refresh="/fragments/stops">
    <h2>${words.standing}</h2>
    ${
      stops.length === 0
        ? html`<p class="empty">${words.none}</p>`
        : html`<ul class="cards">
            ${stops.map((each) => one(each, words))}
          </ul>`
    }
  </section>`;

const resuming = (view: StopsView, words: StopPageWords): Html | string =>
  view.stops.length === 0
    ? ""
    : html`<section>
        <h2>${words.resume}</h2>
        ${view.stops.map(
          (each) =>
            html`<div class="card" id="resume-${each.stop.id}">
              <p><code>${each.stop.id}</code> ${visibleLine(each.stop.reason)}</p>
              ${lifting(each, view, words)}
            </div>`,
        )}
      </section>`;

export const stopsPage = (view: StopsView, words: StopPageWords, problem?: string): Page => ({
  title: words.title,
  body: html`<section>
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
    </section>
    ${stopsFragment(view, words)} ${resuming(view, words)}
    ${
      view.places
        ? html`<form class="card" method="post" action="/stops">
            ${csrfField(view.csrf)}
            <h2>${words.place}</h2>
            ${select("agent", words.agent, words.everybody, sorted(view.agents))}
            <label class="field"><span>${words.reason}</span><input name="reason" required maxlength="500" /></label>
            <button class="danger">${words.place}</button>
          </form>`
        : ""
    }`,
});
