/** Enrolling a passkey: the code, then what to write into kidoban.yaml. */

import { html } from "hono/html";
import type { Passkey } from "../../approval/approver.ts";
import type { EnrolWords } from "../../words/enrol.ts";
import { passkeyLines } from "../enrolment.ts";
import { csrfField, type Page } from "../layout.ts";

type Words = EnrolWords["page"];

export const enrolPage = (link: string, name: string, csrf: string, words: Words, problem?: string): Page => ({
  title: words.title(name),
  body: html`<section class="narrow">
    <h1>${words.title(name)}</h1>
    <p>${words.lead}</p>
    ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/enrol/${link}" data-gesture="/enrol/${link}/challenge">
      ${csrfField(csrf)}
      <label class="field"
        ><span>${words.code}</span>
        <input
          class="code"
          name="code"
          required
          maxlength="9"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
        />
      </label>
      <button class="primary">${words.button}</button>
    </form>
  </section>`,
});

export const enrolledPage = (name: string, passkey: Passkey, words: Words): Page => ({
  title: words.done,
  body: html`<section class="narrow">
    <h1>${words.done}</h1>
    <p>${words.doneLead}</p>
    <pre class="block" tabindex="0">
approvers:
${passkeyLines(name, passkey)}</pre>
    <p class="hint">${words.doneHint}</p>
  </section>`,
});
