/** What stands on disk against what is accepted: who gains what and who loses it, everything else that moves, the files. */

import { html } from "hono/html";
import { visibleLine } from "../../approval/visible.ts";
import { written } from "../../policy/pattern.ts";
import type { RightChange, RightChanges } from "../../policy/widening.ts";
import type { en as acceptEn } from "../../words/accept.ts";
import type { ConfigPageWords } from "../../words/console-config.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { diff } from "./diff.ts";
import { block, dataTable, time } from "./parts.ts";

/** Something beside rights that a change of configuration moves. */
interface Change {
  readonly what: keyof typeof acceptEn.change;
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly holds: "at once" | "once accepted";
}

export interface FileChange {
  readonly name: string;
  /** Undefined where there is no such file on that side. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export type ConfigView = {
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
} & (
  | { readonly kind: "broken"; readonly problems: Readonly<Record<"en" | "ja", string>> }
  | { readonly kind: "never-accepted" }
  | { readonly kind: "same"; readonly digest: string; readonly by: string; readonly acceptedAt: number }
  | {
      readonly kind: "differs";
      readonly digest: string;
      readonly previous: string;
      /** An acceptance is signed at this time or later. */
      readonly acceptableFrom: number;
      /** Of the accepted configuration, who may accept. */
      readonly owners: readonly string[];
      /** Whether anybody has to sign at all. */
      readonly signed: boolean;
      readonly rights: RightChanges;
      readonly changes: readonly Change[];
      readonly files: readonly FileChange[];
    }
);

type Differs = Extract<ConfigView, { readonly kind: "differs" }>;

export interface ConfigTexts {
  readonly words: ConfigPageWords;
  readonly accept: typeof acceptEn;
  readonly language: "en" | "ja";
}

/** How this person accepts. */
export type Accepts = "passkey" | "terminal" | "not";

const rightRow = (right: RightChange, { accept }: ConfigTexts): readonly string[] => [
  visibleLine(right.agent),
  visibleLine(written(right)),
  accept.effects[right.before],
  accept.effects[right.after],
  accept.why[right.why],
];

function section(
  title: string,
  rights: readonly RightChange[],
  changes: readonly Change[],
  texts: ConfigTexts,
): Html | string {
  const { words, accept } = texts;
  if (rights.length === 0 && changes.length === 0) return "";
  const cell = (text: string | undefined): string => (text === undefined ? words.nothing : visibleLine(text));
  return html`<section>
    <h2>${title}</h2>
    ${
      rights.length === 0
        ? ""
        : dataTable(
            title,
            [words.agent, words.change, words.before, words.after, words.why],
            rights.map((right) => rightRow(right, texts)),
          )
    }
    ${
      changes.length === 0
        ? ""
        : dataTable(
            title,
            [words.change, words.before, words.after],
            changes.map((each) => [
              html`${accept.change[each.what]} <b>${visibleLine(each.name)}</b>`,
              html`<span class="said">${cell(each.before)}</span>`,
              html`<span class="said">${cell(each.after)}</span>`,
            ]),
          )
    }
  </section>`;
}

const file = ({ name, before, after }: FileChange, words: ConfigPageWords): Html =>
  html`<section class="file">
    <h3>
      <code>${visibleLine(name)}</code>
      ${before === undefined ? words.added : after === undefined ? words.removed : ""}
    </h3>
    ${diff(before ?? "", after ?? "", name, words, true)}
  </section>`;

const command = (config: string): Html => html`<code>kidoban accept --config ${visibleLine(config)}</code>`;

function acceptance(view: Differs, accepts: Accepts, csrf: string, { words }: ConfigTexts): Html {
  if (!view.signed) return html`<p class="hint">${words.unsigned} ${command(view.config)}</p>`;
  switch (accepts) {
    case "not":
      return html`<p class="hint">${words.notOwner(view.owners.map(visibleLine))}</p>`;
    case "terminal":
      return html`<p class="hint">${words.noPasskey} ${command(view.config)}</p>`;
    case "passkey":
      return html`<form class="decide" method="post" action="/config/accept" data-gesture="/config/challenge">
        ${csrfField(csrf)}<input type="hidden" name="digest" value="${view.digest}" />
        <input type="hidden" name="previous" value="${view.previous}" />
        <p class="hint">${words.acceptLead}</p>
        <p class="hint" data-unread hidden>${words.toEnd}</p>
        <button class="primary" data-answers="approve" disabled>${words.accept}</button>
      </form>`;
  }
}

function differs(view: Differs, accepts: Accepts, csrf: string, texts: ConfigTexts): Html {
  const { words } = texts;
  const { rights, changes, files } = view;
  const later = changes.filter(({ holds }) => holds === "once accepted");
  const atOnce = changes.filter(({ holds }) => holds === "at once");
  return html`${rights.gained.length + rights.lost.length === 0 ? html`<p>${words.noRights}</p>` : ""}
    ${section(words.waits, rights.gained, later, texts)} ${section(words.holds, rights.lost, atOnce, texts)}
    <section>
      <h2>${words.files}</h2>
      ${files.map((each) => file(each, words))}
    </section>
    ${acceptance(view, accepts, csrf, texts)}`;
}

export function configPage(
  view: ConfigView,
  accepts: Accepts,
  csrf: string,
  texts: ConfigTexts,
  problem?: string,
): Page {
  const { words, language } = texts;
  const body = (): Html => {
    switch (view.kind) {
      case "broken":
        return html`<p class="problem" role="alert">${words.broken}</p>
          ${block(view.problems[language], words.title)}`;
      case "never-accepted":
        return html`<p>${words.neverAccepted} ${command(view.config)}</p>`;
      case "same":
        return html`<p class="empty">${words.same}</p>
          <p class="hint">
            ${words.accepted(visibleLine(view.by))} · ${time(view.acceptedAt)} ·
            <code>${view.digest.slice(0, 12)}</code>
          </p>`;
      case "differs":
        return differs(view, accepts, csrf, texts);
    }
  };
  return {
    title: words.title,
    body: html`<section>
        <h1>${words.title}</h1>
        <p class="lead"><code>${visibleLine(view.config)}</code></p>
        ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
      </section>
      ${body()}`,
  };
}
