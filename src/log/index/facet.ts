/**
 * A facet is all that an entry can be found by, but for its ids and its time. Millions of entries have a few thousand
 * facets: a question is put to the facets, and only those of its answer are looked up. Pure.
 */

import { hash } from "node:crypto";
import { requestCode } from "../../approval/action.ts";
import type { EntryBody } from "../../audit/entry.ts";
import type { Target } from "../../audit/parts.ts";
import { peopleOf, serverOf, type Filter } from "../filter.ts";
import { idsOf, type About } from "../found.ts";

export interface Facet {
  readonly kind: string;
  readonly agent: string | null;
  readonly decision: string | null;
  readonly people: readonly string[];
  readonly server: string | null;
  /** Of the target; null where there is none. */
  readonly type: Target["kind"] | null;
  /** Null: not told apart, since there would be too many; who asks for one looks at the entries. */
  readonly name: string | null;
}

export function facetOf(body: EntryBody, about: About): Facet {
  return {
    kind: body.kind,
    agent: about.agent ?? null,
    decision: about.decision ?? null,
    people: peopleOf(body),
    server: serverOf(body, about.target) ?? null,
    type: about.target?.kind ?? null,
    name: about.target?.name ?? null,
  };
}

/** The same facet has the same text. */
export const facetText = ({ kind, agent, decision, people, server, type, name }: Facet): string =>
  JSON.stringify([kind, agent, decision, people, server, type, name]);

const isName = (one: unknown): one is string | null => one === null || typeof one === "string";

/** Reads what `facetText` writes; undefined for anything else. */
export function readFacet(text: string): Facet | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [kind, agent, decision, people, server, type, name] = value as readonly unknown[];
  if (typeof kind !== "string" || !Array.isArray(people) || !people.every((one) => typeof one === "string"))
    return undefined;
  if (!isName(agent) || !isName(decision) || !isName(server) || !isName(name)) return undefined;
  if (type !== null && type !== "tool" && type !== "resource" && type !== "prompt" && type !== "completion")
    return undefined;
  return { kind, agent, decision, people, server, type, name };
}

/** Whether entries of this facet are asked for, times and ids aside. `look`: some may be. */
export function answers(facet: Facet, filter: Filter): "yes" | "no" | "look" {
  const { agent, server, tool, decision, kind, by } = filter;
  if (kind !== undefined && facet.kind !== kind) return "no";
  if (agent !== undefined && facet.agent !== agent) return "no";
  if (server !== undefined && facet.server !== server) return "no";
  if (decision !== undefined && facet.decision !== decision) return "no";
  if (by !== undefined && !facet.people.includes(by)) return "no";
  if (tool === undefined) return "yes";
  if (facet.type === null || facet.server === null) return "no";
  if (facet.name === null) return "look";
  return tool({ server: facet.server, kind: facet.type, name: facet.name }) ? "yes" : "no";
}

/** 48 bits: of ten million ids two may fall together, and what is found is looked at anyway. */
export const idNumber = (id: string): number => Number.parseInt(hash("sha256", id, "hex").slice(0, 12), 16);

/** What an entry can be found by on its own. A request has its short code too. */
export function idsIn(body: EntryBody): readonly string[] {
  return body.kind === "request.opened" ? [...idsOf(body), requestCode(body.action, body.nonce)] : idsOf(body);
}
