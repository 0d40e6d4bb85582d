/** Changing arguments before anybody approves: a field for each that the rules name. */

import { html } from "hono/html";
import type { OnDesk } from "../../approval/desk.ts";
import { visibleLine } from "../../approval/visible.ts";
import type { Json } from "../../policy/json.ts";
import { csrfField, LINE_END, type Html, type Page } from "../layout.ts";
import { requestHead, type AllRequestWords } from "./request.ts";

export interface Field {
  readonly name: string;
  readonly value: Json | undefined;
  /** What was typed before, where it was refused. */
  readonly typed?: string | undefined;
}

/** A text is typed as it is, everything else as JSON. */
export const fieldText = (value: Json | undefined): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);
export const isTyped = (value: Json | undefined): boolean => value === undefined || typeof value === "string";

function field({ name, value, typed }: Field, json: string): Html {
  const text = typed ?? fieldText(value);
  return html`<label class="field"
    ><span>${visibleLine(name)} ${isTyped(value) ? "" : html`<small>${json}</small>`}</span>
    <textarea name="arg.${name}" rows="8" spellcheck="false" class="code">${LINE_END}${text}</textarea>
  </label>`;
}

export function editPage(
  shown: OnDesk,
  fields: readonly Field[],
  csrf: string,
  words: AllRequestWords,
  problem?: string,
): Page {
  const { edit } = words.request;
  const here = `/requests/${shown.request.id}`;
  return {
    title: `${edit.title} ${shown.request.code}`,
    body: html`<article>
      ${requestHead(shown, words)}
      <form class="card" method="post" action="${here}/edit">
        ${csrfField(csrf)}
        <h2>${edit.title}</h2>
        <p>${edit.lead}</p>
        ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
        ${fields.map((each) => field(each, edit.json))}
        <div class="buttons">
          <button class="primary">${edit.button}</button>
          <a class="button" href="${here}">${edit.back}</a>
        </div>
      </form>
    </article>`,
  };
}
