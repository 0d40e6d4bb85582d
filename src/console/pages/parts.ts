/** Small pieces that several pages share: times, quoted text, lists of facts, the way to older entries. */

import { html } from "hono/html";
import { visibleLine } from "../../approval/visible.ts";
import { localTime } from "../../log/told.ts";
import type { Html } from "../layout.ts";

export const time = (at: number): Html => html`<time datetime="${new Date(at).toISOString()}">${localTime(at)}</time>`;

/** One line that an agent, a server or a file wrote. */
export const said = (text: string): Html => html`<span class="said">${visibleLine(text)}</span>`;

/** Made visible before; kept with its lines, in full, behind a scroll. */
export const block = (text: string, label: string): Html =>
  html`<pre class="block" tabindex="0" aria-label="${label}">${text}</pre>`;

/** Rows with nothing in them are left out. */
export const factList = (facts: readonly (readonly [string, Html | string | undefined])[]): Html =>
  html`<dl class="facts">
    ${facts.map(([name, value]) =>
      value === undefined
        ? ""
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;

export type Tone = "plain" | "good" | "warn" | "bad";

/** A word with a tone; the word says it, the colour only helps. */
export const badge = (tone: Tone, text: string): Html =>
  html`<span class="badge ${tone === "plain" ? "" : tone}">${text}</span>`;

/** A table that scrolls by itself on a narrow screen. */
export const dataTable = (
  label: string,
  head: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${head.map((each) => html`<th scope="col">${each}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => html`<td data-label="${head[at] ?? ""}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;

/** A query string of what is set; empty without anything. */
export function query(values: Readonly<Record<string, string | undefined>>): string {
  const set = Object.entries(values).filter(
    (each): each is [string, string] => each[1] !== undefined && each[1] !== "",
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(set).toString()}`;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** `all`: the choice that filters nothing. */
export const select = (name: string, label: string, all: string, choices: readonly Choice[], chosen = ""): Html =>
  html`<label class="field"
    ><span>${label}</span>
    <select name="${name}">
      <option value="" ${chosen === "" ? html`selected` : ""}>${all}</option>
      ${choices.map(
        ({ value, label: text }) =>
          html`<option value="${value}" ${value === chosen ? html`selected` : ""}>${text}</option>`,
      )}
    </select>
  </label>`;

export const sorted = (names: Iterable<string>): readonly Choice[] =>
  [...new Set(names)].toSorted().map((name) => ({ value: name, label: visibleLine(name) }));
