/** One agent: everything that its servers offer, what becomes of its calls, and which line of which file says so. */

import { html } from "hono/html";
import { visibleLine, visibleText } from "../../approval/visible.ts";
import type { AgentsWords } from "../../words/console-agents.ts";
import type { en as decisionsEn } from "../../words/decisions.ts";
import type { en as pinEn } from "../../words/pin.ts";
import { csrfField, type Html, type Page } from "../layout.ts";
import { OUTCOME_TONES, type AgentView, type Right, type RuleLine } from "./agents.ts";
import { badge, dataTable, time } from "./parts.ts";

export interface AgentTexts {
  readonly words: AgentsWords;
  readonly decisions: typeof decisionsEn;
  readonly pin: typeof pinEn;
}

function accessText({ access, readWhen, destructive }: Right, { words, decisions }: AgentTexts): Html {
  const what =
    readWhen !== undefined
      ? words.readWhen(visibleLine(readWhen))
      : access === undefined
        ? ""
        : decisions.accesses[access];
  return html`${what} ${destructive ? html`<span class="risk destructive">${words.destructive}</span>` : ""}`;
}

const ruleLine = (
  { id, effect, file, line, source, when, waiting }: RuleLine,
  { words, decisions }: AgentTexts,
): Html =>
  html`<li>
    ${badge(OUTCOME_TONES[effect], decisions.effects[effect])} <b>${visibleLine(id)}</b>
    <code class="place">${visibleLine(file)}:${line}</code>
    ${when === undefined ? "" : html`<span class="hint">${words.conditional}</span>`}
    ${waiting ? badge("warn", words.waiting) : ""}
    <code class="source">${visibleText(source)}</code>
  </li>`;

function why(right: Right, agent: string, texts: AgentTexts): Html {
  const { words, decisions } = texts;
  const { cause, server, name, rules, outcome, access } = right;
  const said =
    cause === undefined || cause === "rule"
      ? ""
      : decisions.causes[cause]({
          agent: visibleLine(agent),
          server: visibleLine(server),
          name: visibleLine(name),
          rules: rules.map(({ id }) => visibleLine(id)).join(", "),
        });
  const isOpen = outcome === "depends" && access !== undefined && rules.every(({ when }) => when !== undefined);
  return html`${said === "" ? "" : html`<p>${said}</p>`}
  ${
    rules.length === 0
      ? ""
      : html`<ul class="rules">
          ${rules.map((rule) => ruleLine(rule, texts))}
        </ul>`
  }
  ${isOpen ? html`<p class="hint">${words.otherwise[access]}</p>` : ""}`;
}

const rightRow = (right: Right, agent: string, texts: AgentTexts): readonly (Html | string)[] => {
  const { words, decisions, pin } = texts;
  const { kind, name, outcome, effects, hidden } = right;
  const several = outcome === "depends" ? effects.map((each) => decisions.effects[each]).join(" / ") : "";
  return [
    html`<small>${pin.kinds[kind]}</small> <b class="name">${visibleLine(name)}</b>`,
    html`${badge(OUTCOME_TONES[outcome], decisions.effects[outcome])}
    ${several === "" ? "" : html`<small>${several}</small>`} ${hidden ? html`<small>${words.hidden}</small>` : ""}`,
    accessText(right, texts),
    why(right, agent, texts),
  ];
};

function servers(view: AgentView, texts: AgentTexts): Html {
  const { words } = texts;
  const { what, effect, access, why: reason } = words.rightColumns;
  return html`${view.grants.map((grant) => {
    const rights = view.rights.filter(({ server }) => server === grant.server);
    return html`<section>
      <h3>
        <a href="/servers/${grant.server}">${visibleLine(grant.server)}</a>
        <small
          >${words.granted[grant.access]} <code class="place">${visibleLine(grant.file)}:${grant.line}</code></small
        >
      </h3>
      ${grant.locked ? "" : html`<p class="problem">${words.unlocked(visibleLine(grant.server))}</p>`}
      ${
        rights.length === 0
          ? ""
          : dataTable(
              grant.server,
              [what, effect, access, reason],
              rights.map((right) => rightRow(right, view.name, texts)),
            )
      }
    </section>`;
  })}`;
}

function tokens({ name, tokens: all }: AgentView, revokes: boolean, csrf: string, { words }: AgentTexts): Html {
  const { id, issued, expires, state, action } = words.columns;
  if (all.length === 0) return html`<p class="hint">${words.noTokens}</p>`;
  return dataTable(
    words.tokens,
    [id, issued, expires, state, action],
    all.map((token) => [
      html`<code>${token.id}</code>`,
      time(token.issuedAt),
      time(token.expiresAt),
      badge(token.state === "holds" ? "good" : "plain", words.tokenStates[token.state]),
      revokes && token.state === "holds"
        ? html`<form method="post" action="/agents/${encodeURIComponent(name)}/tokens/${token.id}/revoke">
            ${csrfField(csrf)}<button class="danger quiet">${words.revoke}</button>
          </form>`
        : "",
    ]),
  );
}

export function agentPage(view: AgentView, revokes: boolean, csrf: string, texts: AgentTexts): Page {
  const { words } = texts;
  const { name, owner, where, waits, stopped, processes, grants } = view;
  return {
    title: visibleLine(name),
    body: html`<article>
      <p><a href="/agents">${words.back}</a></p>
      <h1>${visibleLine(name)} ${stopped ? badge("bad", words.stopped) : ""}</h1>
      <p class="hint">${owner === undefined ? words.noOwner : words.owner(visibleLine(owner))}</p>
      ${where === "both" ? "" : html`<p class="problem">${words.only[where]}</p>`}
      ${waits ? html`<p class="problem"><a href="/config">${words.waits}</a></p>` : ""}
      <h2>${words.processes}</h2>
      ${
        processes.length === 0
          ? html`<p class="hint">${words.noProcesses}</p>`
          : html`<ul class="plain-list">
              ${processes.map(
                ({ pid, startedAt, shared }) =>
                  html`<li>${words.pid(pid, shared)} <span class="hint">${words.since} ${time(startedAt)}</span></li>`,
              )}
            </ul>`
      }
      <h2>${words.tokens}</h2>
      ${tokens(view, revokes, csrf, texts)}
      <p><a href="/passes">${words.passes}</a></p>
      <h2>${words.rights}</h2>
      ${grants.length === 0 ? html`<p class="hint">${words.noRights}</p>` : servers(view, texts)}
    </article>`,
  };
}
