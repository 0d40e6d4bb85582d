/** A page that says one thing. */

import { html } from "hono/html";
import type { Page } from "../layout.ts";

export interface Notice {
  readonly title: string;
  readonly text: string;
}

export const noticePage = ({ title, text }: Notice): Page => ({
  title,
  body: html`<section class="plain">
    <h1>${title}</h1>
    <p>${text}</p>
  </section>`,
});
