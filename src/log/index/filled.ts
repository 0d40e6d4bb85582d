/** What an entry is about may stand in another: a facet with what that one's says. Pure. */

import type { EntryBody } from "../../audit/entry.ts";
import { own } from "../found.ts";
import type { Facet } from "./facet.ts";

/** The call or request whose entry tells what this one is about; undefined where it tells so itself, or nobody does. */
export function subjectOf(
  body: EntryBody,
): { readonly kind: "request.opened" | "call.intent"; readonly id: string } | undefined {
  const { target, request, call } = own(body);
  if (target !== undefined || body.kind === "call.denied") return undefined;
  if (request !== undefined) return { kind: "request.opened", id: request };
  return call === undefined ? undefined : { kind: "call.intent", id: call };
}

export const filled = (facet: Facet, { agent, decision, server, type, name }: Facet): Facet => ({
  ...facet,
  agent: facet.agent ?? agent,
  decision: facet.decision ?? decision,
  ...(facet.type === null ? { server: server ?? facet.server, type, name } : {}),
});
