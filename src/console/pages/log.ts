/** The log, newest first, with its filters: entries of one call stand together as a short timeline. */

import { html } from "hono/html";
import type { EntryKind } from "../../audit/entry.ts";
import type { Found } from "../../log/read.ts";
import type { Position } from "../../log/recent.ts";
import { rowOf, type Row } from "../../log/told.ts";
import type { LogPageWords } from "../../words/console-log.ts";
import type { en } from "../../words/log.ts";
import type { Html, Page } from "../layout.ts";
import { badge, query, select, sorted, time } from "./parts.ts";

export interface LogQuery {
  readonly agent?: string;
  readonly server?: string;
  readonly kind?: EntryKind;
  /** As the browser's date-time field writes them: local, to the minute. */
  readonly since?: string;
  readonly until?: string;
}

export type LogPosition = Position;

export interface LogSlice {
  /** Newest first. */
  readonly entries: readonly Found[];
  readonly older: LogPosition | undefined;
}

export interface LogView extends LogSlice {
  readonly query: LogQuery;
  readonly before: LogPosition | undefined;
  readonly agents: readonly string[];
  readonly servers: readonly string[];
}

export interface LogTexts {
  readonly words: LogPageWords;
  readonly log: typeof en;
}

/** A place in the log as a link carries it. */
const positionText = ({ time: at, stream, n }: LogPosition): string => `${at}~${stream}~${n}`;

export function readPosition(text: string | undefined): LogPosition | undefined {
  const [, at, stream, n] = /^(\d{4}-[\dT:.-]{19,20}Z)~([0-9a-f-]{8,64})~(\d{1,15})$/.exec(text ?? "") ?? [];
  if (at === undefined || stream === undefined || Number.isNaN(Date.parse(at))) return undefined;
  return { time: at, stream, n: Number(n) };
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

function filters({ query: asked, agents, servers }: LogView, { words, log }: LogTexts): Html {
  const kinds = Object.entries(log.events).map(([value, label]) => ({ value, label }));
  return html`<form class="filters" method="get" action="/log">
    ${select("agent", words.agent, words.all, sorted(agents), asked.agent)}
    ${select("server", words.server, words.all, sorted(servers), asked.server)}
    ${select("kind", words.kind, words.all, kinds, asked.kind)}
    <label class="field"
      ><span>${words.since}</span><input type="datetime-local" name="since" value="${asked.since ?? ""}"
    /></label>
    <label class="field"
      ><span>${words.until}</span><input type="datetime-local" name="until" value="${asked.until ?? ""}"
    /></label>
    <label class="field"
      ><span>${words.id}</span><input name="id" spellcheck="false" autocapitalize="none" autocomplete="off"
    /></label>
    <button class="quiet">${words.show}</button>
  </form>`;
}

export function logPage(view: LogView, texts: LogTexts): Page {
  const { words } = texts;
  const { entries, older, before, query: asked } = view;
  const { agent, server, kind, since, until } = asked;
  const filter = { agent, server, kind, since, until };
  return {
    title: words.title,
    body: html`<section>
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      ${filters(view, texts)}
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
