/** The servers and their locks; one of them with what differs from its lock, and the way to pinning. */

import { html } from "hono/html";
import { visibleJson, visibleLine } from "../../approval/visible.ts";
import type { JsonObject } from "../../policy/json.ts";
import type { LockedItem } from "../../policy/manifest.ts";
import type { en as decisionsEn } from "../../words/decisions.ts";
import type { en as pinEn } from "../../words/pin.ts";
import type { ServersWords } from "../../words/console-servers.ts";
import type { DiffWords } from "./diff.ts";
import { diff } from "./diff.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { badge, block, dataTable, factList, time } from "./parts.ts";

/** A definition that some gate found to be another than the locked one. */
export interface Quarantined {
  readonly agent: string;
  readonly kind: LockedItem["kind"];
  readonly name: string;
  readonly at: number;
  readonly locked: JsonObject;
  /** Null: not offered any more; "too-long": not kept. */
  readonly now: JsonObject | null | "too-long";
}

export interface ServerView {
  readonly id: string;
  readonly endpoint: string;
  readonly state: "locked" | "no-lock" | "other-endpoint";
  /** Where it stands: in what is accepted and on disk, or in one of them. */
  readonly where: "both" | "disk" | "accepted";
  readonly items: readonly LockedItem[];
  /** Pins it in a terminal. */
  readonly command: string;
  readonly quarantined: readonly Quarantined[];
}

export interface ServerTexts {
  readonly words: ServersWords;
  readonly pin: typeof pinEn;
  readonly decisions: typeof decisionsEn;
  readonly diff: DiffWords;
}

export const itemWord = ({ kind, definition }: Pick<LockedItem, "kind" | "definition">, pin: typeof pinEn): string =>
  pin.kinds[definition["uriTemplate"] === undefined ? kind : "template"];

const standing = ({ state, where, quarantined }: ServerView, words: ServersWords): Html => html`
  ${badge(state === "locked" ? "good" : "bad", words.states[state])}
  ${where === "both" ? "" : badge("warn", where === "disk" ? words.waiting : words.gone)}
  ${quarantined.length === 0 ? "" : badge("bad", words.quarantined(quarantined.length))}
`;

export const serversPage = (servers: readonly ServerView[], { words }: ServerTexts): Page => ({
  title: words.title,
  body: html`<section>
    <h1>${words.title}</h1>
    <p class="lead">${words.lead}</p>
    ${
      servers.length === 0
        ? html`<p class="empty">${words.none}</p>`
        : html`<ul class="cards">
            ${servers.map(
              (server) =>
                html`<li class="card">
                  <h2><a href="/servers/${server.id}">${visibleLine(server.id)}</a></h2>
                  <p><code class="said">${visibleLine(server.endpoint)}</code></p>
                  <p>${standing(server, words)} <span class="hint">${words.items(server.items.length)}</span></p>
                </li>`,
            )}
          </ul>`
    }
  </section>`,
});

const reviewer = ({ reviewed }: LockedItem, words: ServersWords): string =>
  reviewed === undefined
    ? words.nobody
    : words.reviewer(reviewed.by === "hint" ? words.nobody : visibleLine(reviewed.by), visibleLine(reviewed.on));

/** How many definitions each reviewer answers for. */
function reviews(items: readonly LockedItem[], words: ServersWords): readonly string[] {
  const counts = new Map<string, { readonly by: string | undefined; readonly on: string; count: number }>();
  for (const { reviewed } of items) {
    const key = JSON.stringify(reviewed ?? null);
    const known = counts.get(key) ?? { by: reviewed?.by, on: reviewed?.on ?? "", count: 0 };
    known.count += 1;
    counts.set(key, known);
  }
  return [...counts.values()].map(({ by, on, count }) =>
    by === undefined
      ? words.unreviewed(count)
      : by === "hint"
        ? words.hinted(on, count)
        : words.by(visibleLine(by), on, count),
  );
}

const pretty = (definition: JsonObject): string => `${JSON.stringify(definition, null, 2)}\n`;

const differing = (one: Quarantined, texts: ServerTexts): Html => {
  const { words, pin } = texts;
  const { agent, name, at, locked, now } = one;
  return html`<li class="card">
    <p>
      ${itemWord({ kind: one.kind, definition: locked }, pin)} <b class="name">${visibleLine(name)}</b>
      <span class="hint">${words.foundBy(visibleLine(agent))} · ${time(at)}</span>
    </p>
    ${
      now === null
        ? html`<p class="problem">${words.notOffered}</p>`
        : now === "too-long"
          ? html`<p class="hint">${words.tooLong}</p>`
          : diff(pretty(locked), pretty(now), name, texts.diff)
    }
  </li>`;
};

function locked(items: readonly LockedItem[], { words, pin, decisions }: ServerTexts): Html {
  const { what, access, reviewed, definition } = words.columns;
  return dataTable(
    words.definitions,
    [what, access, reviewed, definition],
    items.map((item) => [
      html`<small>${itemWord(item, pin)}</small> <b class="name">${visibleLine(item.name)}</b>`,
      html`${
        item.readWhen === undefined
          ? decisions.accesses[item.access]
          : words.readWhen(visibleLine(item.readWhen.source))
      }
      ${item.destructive ? html`<span class="risk destructive">${words.destructive}</span>` : ""}`,
      reviewer(item, words),
      html`<details>
        <summary>${words.definition}</summary>
        ${block(visibleJson(item.definition), visibleLine(item.name))}
      </details>`,
    ]),
  );
}

/** `whyNoPin`: for whoever may not look at it anew from here. */
export function serverPage(
  server: ServerView,
  whyNoPin: string | undefined,
  csrf: string,
  texts: ServerTexts,
  problem?: string,
): Page {
  const { words } = texts;
  const { id, endpoint, items, quarantined, command } = server;
  return {
    title: visibleLine(id),
    body: html`<article>
      <p><a href="/servers">${words.back}</a></p>
      <h1>${visibleLine(id)}</h1>
      <p>${standing(server, words)}</p>
      ${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
      ${factList([
        [words.endpoint, html`<code class="said">${visibleLine(endpoint)}</code>`],
        [words.reviews, items.length === 0 ? undefined : reviews(items, words).join(" · ")],
      ])}
      <h2>${words.quarantine}</h2>
      ${
        quarantined.length === 0
          ? html`<p class="hint">${words.noQuarantine}</p>`
          : html`<p>${words.quarantineLead}</p>
              <ul class="cards">
                ${quarantined.map((each) => differing(each, texts))}
              </ul>`
      }
      ${
        whyNoPin === undefined
          ? html`<form class="decide" method="post" action="/servers/${id}/survey">
              ${csrfField(csrf)}
              <p class="hint">${words.pinLead}</p>
              <button class="primary">${words.pin}</button>
            </form>`
          : html`<p class="hint">${whyNoPin}</p>`
      }
      <p class="hint">${words.command} <code>${visibleLine(command)}</code></p>
      ${
        items.length === 0
          ? ""
          : html`<h2>${words.definitions}</h2>
              ${locked(items, texts)}`
      }
    </article>`,
  };
}
