/** The agents: who they are, whether they run, how much they may do. One of them in full: agent.ts. */

import { html } from "hono/html";
import { visibleLine } from "../../approval/visible.ts";
import type { Access, Cause, Effect } from "../../policy/call.ts";
import type { LockedKind } from "../../policy/manifest.ts";
import type { AgentsWords } from "../../words/console-agents.ts";
import type { Html, Page } from "../layout.ts";
import { badge, type Tone } from "./parts.ts";

export type Outcome = Effect | "depends";

export interface AgentSummary {
  readonly name: string;
  readonly owner: string | undefined;
  /** Where it has a manifest: in what is accepted, on disk, or both. */
  readonly where: "both" | "disk" | "accepted";
  /** Whether some stop holds for it. */
  readonly stopped: boolean;
  readonly gates: number;
  readonly counts: Readonly<Record<Outcome, number>>;
}

export interface AgentProcess {
  readonly pid: number;
  readonly startedAt: number;
  /** It serves other agents too. */
  readonly shared: boolean;
}

export interface AgentToken {
  readonly id: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly state: "holds" | "expired" | "revoked";
}

/** A line of a file that has a part in it. */
export interface RuleLine {
  readonly id: string;
  readonly effect: Effect;
  readonly file: string;
  readonly line: number;
  /** All of the rule, as it stands in the file. */
  readonly source: string;
  readonly when: string | undefined;
  /** It is in the files only, and waits for acceptance. */
  readonly waiting: boolean;
}

/** One definition of a server, and what becomes of this agent's calls of it. */
export interface Right {
  readonly server: string;
  readonly kind: LockedKind | "template" | "completion";
  readonly name: string;
  readonly outcome: Outcome;
  /** Everything that some call of it could come to. */
  readonly effects: readonly Effect[];
  readonly hidden: boolean;
  /** Where it is decided whatever the arguments. */
  readonly cause: Cause | undefined;
  readonly access: Access | undefined;
  readonly readWhen: string | undefined;
  readonly destructive: boolean;
  readonly rules: readonly RuleLine[];
}

export interface Granted {
  readonly server: string;
  readonly access: "read-only" | "read-write";
  readonly locked: boolean;
  readonly file: string;
  readonly line: number;
}

export interface AgentView extends AgentSummary {
  /** Whether a change of the configuration waits. */
  readonly waits: boolean;
  readonly processes: readonly AgentProcess[];
  readonly tokens: readonly AgentToken[];
  readonly grants: readonly Granted[];
  readonly rights: readonly Right[];
}

export const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  allow: "good",
  ask: "warn",
  deny: "bad",
  depends: "plain",
};
const OUTCOMES = ["allow", "ask", "depends", "deny"] as const;

const card = (agent: AgentSummary, words: AgentsWords): Html => {
  const { name, owner, where, stopped, gates, counts } = agent;
  return html`<li class="card">
    <h2>
      <a href="/agents/${encodeURIComponent(name)}">${visibleLine(name)}</a>
      ${stopped ? badge("bad", words.stopped) : ""}
    </h2>
    <p class="hint">${owner === undefined ? words.noOwner : words.owner(visibleLine(owner))} · ${words.gates(gates)}</p>
    ${where === "both" ? "" : html`<p class="problem">${words.only[where]}</p>`}
    <p>
      ${OUTCOMES.filter((each) => counts[each] > 0).map(
        (each) => html`${badge(OUTCOME_TONES[each], `${words.counts[each]} ${counts[each]}`)} `,
      )}
    </p>
  </li>`;
};

export const agentsPage = (agents: readonly AgentSummary[], words: AgentsWords): Page => ({
  title: words.title,
  body: html`<section>
    <h1>${words.title}</h1>
    <p class="lead">${words.lead}</p>
    ${
      agents.length === 0
        ? html`<p class="empty">${words.none}</p>`
        : html`<ul class="cards">
            ${agents.map((agent) => card(agent, words))}
          </ul>`
    }
  </section>`,
});
