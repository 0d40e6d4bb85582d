/** Pinning: what a server offers now, the table that a human completes, and what changed since it was locked. */

import { html } from "hono/html";
import { visibleJson, visibleLine } from "../../approval/visible.ts";
import type { Access } from "../../policy/call.ts";
import type { Difference } from "../../policy/differences.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { LockedItem, LockedKind } from "../../policy/manifest.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { diff } from "./diff.ts";
import { block } from "./parts.ts";
import { itemWord, type ServerTexts } from "./servers.ts";

interface SurveyRow {
  readonly kind: LockedKind;
  readonly name: string;
  readonly definition: JsonObject;
  /** As it stands in the lock now. */
  readonly locked: JsonObject | undefined;
  readonly changes: readonly Difference[];
  readonly volatile: readonly string[];
  /** A word in its name that speaks against its own hint. */
  readonly contradiction: string | undefined;
  readonly runsCode: boolean;
  /** What the table starts with. */
  readonly access: Access;
  readonly destructive: boolean;
}

export interface SurveyView {
  /** Names it for as long as it is kept. */
  readonly id: string;
  readonly server: string;
  readonly endpoint: string;
  readonly rows: readonly SurveyRow[];
  readonly gone: readonly Pick<LockedItem, "kind" | "name" | "definition">[];
  readonly leftOut: readonly string[];
}

function notes({ kind, locked, changes, contradiction, runsCode, access, volatile }: SurveyRow, { pin }: ServerTexts) {
  return [
    locked === undefined ? pin.fresh : "",
    changes.length > 0 ? pin.changed(changes.length) : "",
    contradiction === undefined ? "" : pin.contradiction[kind](visibleLine(contradiction)),
    runsCode && access === "read" ? pin.runsCode : "",
    volatile.length > 0 ? pin.volatile(visibleLine(volatile.join(" "))) : "",
  ].filter((note) => note !== "");
}

const radio = (at: number, value: Access, label: string, isChosen: boolean): Html =>
  html`<label class="radio"
    ><input
      type="radio"
      name="access-${at}"
      value="${value}"
      required
      ${isChosen ? html`checked` : ""}
    />${label}</label
  >`;

const pretty = (definition: JsonObject): string => `${JSON.stringify(definition, null, 2)}\n`;

function row(each: SurveyRow, at: number, texts: ServerTexts): Html {
  const { words, pin } = texts;
  const { name, access, destructive, definition, locked, changes } = each;
  return html`<li class="card ${changes.length > 0 ? "changed" : ""}">
    <fieldset>
      <legend><small>${itemWord(each, pin)}</small> <b class="name">${visibleLine(name)}</b></legend>
      <div class="rowchoices">
        ${radio(at, "read", words.read, access === "read")} ${radio(at, "write", words.write, access === "write")}
        <label class="radio undo"
          ><input
            type="checkbox"
            name="destructive-${at}"
            value="yes"
            ${access === "read" || destructive ? html`checked` : ""}
          />${words.destructive}</label
        >
      </div>
    </fieldset>
    ${notes(each, texts).map((note) => html`<p class="hint">${note}</p>`)}
    ${
      locked !== undefined && changes.length > 0
        ? diff(pretty(locked), pretty(definition), name, texts.diff)
        : html`<details>
            <summary>${words.columns.definition}</summary>
            ${block(visibleJson(definition), visibleLine(name))}
          </details>`
    }
  </li>`;
}

export function surveyPage(survey: SurveyView, csrf: string, texts: ServerTexts, problem?: string): Page {
  const { words, pin } = texts;
  const { id, server, endpoint, rows, gone, leftOut } = survey;
  return {
    title: words.surveyTitle(visibleLine(server)),
    body: html`<section>
      <p><a href="/servers/${server}">${visibleLine(server)}</a></p>
      <h1>${words.surveyTitle(visibleLine(server))}</h1>
      <p class="lead">${words.surveyLead}</p>
      <p><code class="said">${visibleLine(endpoint)}</code></p>
      ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
      <form method="post" action="/servers/${server}/pin">
        ${csrfField(csrf)}<input type="hidden" name="survey" value="${id}" />
        <ul class="cards">
          ${rows.map((each, at) => row(each, at, texts))}
        </ul>
        ${gone.map((item) => html`<p class="problem">${itemWord(item, pin)} ${visibleLine(item.name)}: ${words.goneItem}</p>`)}
        ${
          leftOut.length === 0
            ? ""
            : html`<h2>${words.leftOut}</h2>
                <ul class="plain-list">
                  ${leftOut.map((what) => html`<li>${visibleLine(what)}</li>`)}
                </ul>`
        }
        <p class="decide"><button class="primary">${words.save}</button></p>
      </form>
    </section>`,
  };
}
