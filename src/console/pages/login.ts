/** The one page for whoever is not logged in. */

import { html } from "hono/html";
import type { ConsoleWords } from "../../words/console.ts";
import { csrfField, type Page } from "../layout.ts";

/** `provider`: what the button of the company's provider says; left out where there is none. */
export const loginPage = (
  csrf: string,
  next: string,
  words: ConsoleWords["login"],
  problem?: string,
  provider?: string,
): Page => ({
  title: words.title,
  body: html`<section class="narrow">
    <h1>${words.title}</h1>
    <p>${words.lead}</p>
    ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/login" data-gesture="/login/challenge">
      ${csrfField(csrf)}<input type="hidden" name="next" value="${next}" />
      <label class="field"
        ><span>${words.name} <small>${words.nameHint}</small></span>
        <input name="name" autocomplete="username webauthn" spellcheck="false" autocapitalize="none" />
      </label>
      <button class="primary">${words.button}</button>
    </form>
    ${
      provider === undefined
        ? ""
        : html`<form method="post" action="/login/provider">
            ${csrfField(csrf)}<input type="hidden" name="next" value="${next}" />
            <p><button>${provider}</button></p>
          </form>`
    }
    <p class="hint">${words.enrolHint} <code class="whole">${words.enrol}</code></p>
  </section>`,
});
