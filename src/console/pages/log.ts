/** The log, newest first, with its filters: entries of one call stand together as a short timeline. */

import { html } from "hono/html";
import type { EntryKind } from "../../audit/entry.ts";
import { positionText, type Found, type Position } from "../../log/found.ts";
import { rowOf, type Row } from "../../log/told.ts";
import type { Effect } from "../../policy/call.ts";
import type { LogPageWords } from "../../words/console-log.ts";
import type { en } from "../../words/log.ts";
import type { Html, Page } from "../layout.ts";
import { badge, query, select, sorted, time } from "./parts.ts";

export interface LogQuery {
  readonly agent?: string;
  readonly server?: string;
  /** As rules write it; what is no pattern is found nowhere. */
  readonly tool?: string;
  readonly decision?: Effect;
  readonly kind?: EntryKind;
  readonly by?: string;
  /** As the browser's date-time field writes them: local, to the minute. */
  readonly since?: string;
  readonly until?: string;
}

export interface LogSlice {
  /** Newest first. */
  readonly entries: readonly Found[];
  readonly older: Position | undefined;
  /** The index is still being built: so many percent of the log can be found. */
  readonly building: number | undefined;
}

export interface LogView extends LogSlice {
  readonly query: LogQuery;
  readonly before: Position | undefined;
  readonly agents: readonly string[];
  readonly servers: readonly string[];
}

export interface LogTexts {
  readonly words: LogPageWords;
  readonly log: typeof en;
}

interface Group {
  /** Of its call, or else its request; undefined for what belongs to none. */
  readonly id: string | undefined;
  /** Oldest first. */
  readonly entries: Found[];
}

/** By call or request, in the order of each one's newest entry. */
function grouped(entries: readonly Found[]): readonly Group[] {
  const groups: Group[] = [];
  const byId = new Map<string, Group>();
  for (const found of entries) {
    const { call, request } = found.about;
    const names = [request, call].filter((name) => name !== undefined);
    const known = names.map((name) => byId.get(name)).find((group) => group !== undefined);
    const group = known ?? { id: request ?? call, entries: [] };
    group.entries.unshift(found);
    for (const name of names) byId.set(name, group);
    if (known === undefined) groups.push(group);
  }
  return groups;
}

const step = (found: Found, row: Row): Html =>
  html`<li class="step">
    ${time(Date.parse(found.entry.time))} ${badge(row.tone, row.event)}
    ${row.detail === "" ? "" : html`<span class="detail">${row.detail}</span>`}
  </li>`;

function group({ id, entries }: Group, { words, log }: LogTexts): Html {
  const rows = entries.map((found) => rowOf(found, log));
  const [first, last] = [entries[0], entries.at(-1)];
  const lead = rows.find(({ what }) => what !== "") ?? rows[0];
  const tookMs =
    first === undefined || last === undefined ? 0 : Date.parse(last.entry.time) - Date.parse(first.entry.time);
  const head = html`<b>${lead?.agent ?? ""}</b> ${lead?.what ?? ""}`;
  return html`<li class="group">
    <p class="what">
      ${id === undefined ? head : html`<a href="/log/${encodeURIComponent(id)}">${head}</a>`}
      ${entries.length > 1 ? html`<small>${words.groups.took(words.ms(tookMs))}</small>` : ""}
    </p>
    <ol class="steps">
      ${entries.map((found, at) => {
        const row = rows[at];
        return row === undefined ? "" : step(found, row);
      })}
    </ol>
  </li>`;
}

const EFFECTS: readonly Effect[] = ["allow", "ask", "deny"];

const text = (name: string, label: string, value: string | undefined): Html =>
  html`<label class="field"
    ><span>${label}</span
    ><input name="${name}" value="${value ?? ""}" spellcheck="false" autocapitalize="none" autocomplete="off"
  /></label>`;

function filters({ query: asked, agents, servers }: LogView, { words, log }: LogTexts): Html {
  const decisions = EFFECTS.map((value) => ({ value, label: words.effects[value] }));
  const kinds = Object.entries(log.events).map(([value, label]) => ({ value, label }));
  return html`<form class="filters" method="get" action="/log">
    ${select("agent", words.agent, words.all, sorted(agents), asked.agent)}
    ${select("server", words.server, words.all, sorted(servers), asked.server)} ${text("tool", words.tool, asked.tool)}
    ${select("decision", words.decision, words.all, decisions, asked.decision)}
    ${select("kind", words.kind, words.all, kinds, asked.kind)} ${text("by", words.by, asked.by)}
    <label class="field"
      ><span>${words.since}</span><input type="datetime-local" name="since" value="${asked.since ?? ""}"
    /></label>
    <label class="field"
      ><span>${words.until}</span><input type="datetime-local" name="until" value="${asked.until ?? ""}"
    /></label>
    ${text("id", words.id, undefined)}
    <button class="quiet">${words.show}</button>
  </form>`;
}

export function logPage(view: LogView, texts: LogTexts): Page {
  const { words } = texts;
  const { entries, older, before, query: asked } = view;
  const { agent, server, tool, decision, kind, by, since, until } = asked;
  const filter = { agent, server, tool, decision, kind, by, since, until };
  return {
    title: words.title,
    body: html`<section>
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${filters(view, texts)}
      ${view.building === undefined ? "" : html`<p class="hint">${words.building(view.building)}</p>`}
      ${
        entries.length === 0
          ? html`<p class="empty">${older === undefined ? words.none : words.noneHere}</p>`
          : html`<ol class="groups">
              ${grouped(entries).map((each) => group(each, texts))}
            </ol>`
      }
      <nav class="pager" aria-label="${words.title}">
        ${before === undefined ? html`<span></span>` : html`<a href="/log${query(filter)}">${words.newest}</a>`}
        ${
          older === undefined
            ? html`<span></span>`
            : html`<a href="/log${query({ ...filter, before: positionText(older) })}">${words.older}</a>`
        }
      </nav>
    </section>`,
  };
}
