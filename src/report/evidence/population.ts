/**
 * The complete population of a period: every question that people were asked, every write that nobody was asked about,
 * and every call that the gate made to show what a write would do. What becomes of each may stand in any stream, so it is joined once everything was read. Pure.
 */

import type { ConfigRef, Entry, EntryBody, OutcomeStatus, Target, Why } from "../../audit/entry.ts";
import { PREVIEW } from "../../audit/parts.ts";
import type { Span } from "../agent-line.ts";
import { joinPreviews } from "./previews.ts";

/** By whom and how; `by` null: a human in front of the agent's client. */
interface Answer {
  readonly by: string | null;
  readonly answer: string;
  readonly assurance: string;
  readonly at: string;
}

/** One line of the population; its names are for good. */
export interface Item {
  /** Of the request, or of the call that nobody was asked about. */
  readonly id: string;
  /** `preview`: told as the gate's own call for an approver, and no question follows it. */
  readonly kind: "asked" | "write" | "preview";
  readonly at: string;
  readonly agent: string;
  readonly target: Target;
  readonly effect: Why["effect"];
  readonly rules: readonly string[];
  readonly call: string;
  /** Calls of the gate's own, by which it showed what the call would do. */
  readonly previews: readonly string[];
  readonly answers: readonly Answer[];
  /** Outcome of the call, or how the request ended without one; `open`: nothing is on record yet. */
  readonly end: string;
  /** Where it stands: stream and number of the entry, from 0. */
  readonly stream: string;
  readonly n: number;
}

type Asked = Extract<EntryBody, { readonly kind: "request.opened" | "request.edited" }>;

type Draft = Omit<Item, "answers" | "end" | "previews">;

export interface Populating {
  take(entry: Entry, stream: string): void;
  /** By time, stream and number. */
  end(): readonly Item[];
  /** The configuration that the gate of a request or call decided by then; undefined where the log does not say. */
  applied(id: string): ConfigRef | undefined;
}

export function populating({ from, until }: Span): Populating {
  const drafts: Draft[] = [];
  const outcomes = new Map<string, OutcomeStatus>();
  /** Calls without an outcome yet, and whether theirs is wanted: of the reads, nearly all of a log, nothing stays. */
  const running = new Map<string, boolean>();
  /** The call that ran for a request. */
  const ran = new Map<string, string>();
  const closed = new Map<string, string>();
  const answers = new Map<string, Answer[]>();
  const edited = new Map<string, Pick<Why, "effect" | "rules">>();
  const current = new Map<string, ConfigRef>();
  const applied = new Map<string, ConfigRef>();
  const previews = joinPreviews<Draft>();

  function add(draft: Draft): void {
    drafts.push(draft);
    applyTo(draft);
  }

  function applyTo(draft: Draft): void {
    const config = current.get(draft.stream);
    if (config !== undefined) applied.set(draft.id, config);
  }

  function asked(body: Asked, { time, n }: Entry, stream: string): void {
    const { request: id, agent, target, call } = body;
    // A changed question is asked by the rules of the one before.
    const why = body.kind === "request.opened" ? body.why : edited.get(body.from);
    const { effect, rules } = why ?? { effect: "ask", rules: [] };
    edited.set(id, { effect, rules });
    if (within(time)) add({ id, kind: "asked", at: time, agent, target, effect, rules, call, stream, n });
  }

  function preview(draft: Omit<Draft, "kind">): Draft {
    const own: Draft = { ...draft, kind: "preview" };
    applyTo(own);
    return own;
  }

  const within = (time: string): boolean => {
    const at = Date.parse(time);
    return at >= from && at < until;
  };

  const endOf = ({ id, kind, call }: Draft): string => {
    const run = kind === "asked" ? ran.get(id) : call;
    return run === undefined ? (closed.get(id) ?? "open") : (outcomes.get(run) ?? "open");
  };

  return {
    take(entry, stream) {
      const { body, time, n } = entry;
      previews.take(body, stream);
      switch (body.kind) {
        case "config.applied":
          current.set(stream, body.accepted);
          return;
        case "request.opened":
        case "request.edited":
          if (body.kind === "request.edited") closed.set(body.from, "edited");
          return asked(body, entry, stream);
        case "request.answered": {
          const { statement } = body;
          const signed = "body" in statement ? statement.body : undefined;
          const given: Answer = {
            by: signed?.approver ?? null,
            answer: "body" in statement ? statement.body.answer : statement.answer,
            assurance: statement.assurance,
            at: time,
          };
          answers.set(body.request, [...(answers.get(body.request) ?? []), given]);
          return;
        }
        case "request.claimed":
          ran.set(body.request, body.call);
          return;
        case "request.closed":
          closed.set(body.request, body.state);
          return;
        case "call.outcome":
          // Told before the call by who recovered a dead process: nobody knows yet.
          if (running.get(body.call) !== false) outcomes.set(body.call, body.status);
          running.delete(body.call);
          return;
        case "call.intent": {
          const { call, agent, target, why, request } = body;
          const { effect, rules, access, detail } = why;
          const draft = { id: call, at: time, agent, target, effect, rules, call, stream, n };
          if (!outcomes.has(call))
            running.set(call, request !== undefined || detail === PREVIEW || (access === "write" && within(time)));
          if (request !== undefined) ran.set(request, call);
          else if (detail === PREVIEW) previews.tried(preview(draft));
          else if (access === "write" && within(time)) add({ ...draft, kind: "write" });
          return;
        }
        default:
          return;
      }
    },
    applied: (id) => applied.get(id),
    end() {
      const alone = previews.alone(new Set(drafts.map(({ id }) => id))).filter(({ at }) => within(at));
      return [...drafts, ...alone]
        .map((draft): Item => ({
          ...draft,
          call: ran.get(draft.id) ?? draft.call,
          previews: previews.of(draft.id),
          answers: (answers.get(draft.id) ?? []).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
          end: endOf(draft),
        }))
        .toSorted(inOrder);
    },
  };
}

function inOrder(a: Item, b: Item): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.n - b.n;
}

export interface Sums {
  readonly items: number;
  readonly asked: number;
  readonly writes: number;
  /** That no question follows. */
  readonly previews: number;
  readonly byEnd: Readonly<Record<string, number>>;
}

export function sumsOf(items: readonly Item[]): Sums {
  const byEnd: Record<string, number> = {};
  for (const { end } of items) byEnd[end] = (byEnd[end] ?? 0) + 1;
  const count = (wanted: Item["kind"]): number => items.filter(({ kind }) => kind === wanted).length;
  const sorted = Object.fromEntries(Object.entries(byEnd).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    items: items.length,
    asked: count("asked"),
    writes: count("write"),
    previews: count("preview"),
    byEnd: sorted,
  };
}
