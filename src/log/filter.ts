/** What entries can be asked for. The same conditions whether they are found by the index or in the files. Pure. */

import type { EntryBody, EntryKind, Target } from "../audit/entry.ts";
import type { Effect } from "../policy/call.ts";
import { isProblem, matches, parsePattern } from "../policy/pattern.ts";
import { idsOf, type Found } from "./found.ts";

/** All that are given must hold. */
export interface Filter {
  readonly agent?: string;
  readonly server?: string;
  readonly tool?: (target: Target) => boolean;
  readonly decision?: Effect;
  readonly kind?: EntryKind;
  /** Somebody who answered, accepted, stopped, issued or otherwise acted. */
  readonly by?: string;
  /** Of a call or a request, whole. */
  readonly id?: string;
  /** Times, ms. */
  readonly since?: number;
  readonly until?: number;
}

/** The people an entry says acted. */
export function peopleOf(body: EntryBody): readonly string[] {
  if (body.kind === "request.answered") return "body" in body.statement ? [body.statement.body.approver] : [];
  if ("approver" in body) return [body.approver];
  if (body.kind === "pass.used") return body.signers;
  return "by" in body ? [body.by] : [];
}

/** The server an entry is about, whether or not it is about something of it. */
export const serverOf = (body: EntryBody, target: Target | undefined): string | undefined =>
  target?.server ?? ("server" in body ? body.server : undefined);

/** Whether an entry, with what it is about, is asked for. */
export function passes({ entry: { body, time }, about }: Found, filter: Filter): boolean {
  const { agent, server, tool, decision, kind, by, id, since, until } = filter;
  if (agent !== undefined && about.agent !== agent) return false;
  if (server !== undefined && serverOf(body, about.target) !== server) return false;
  if (decision !== undefined && about.decision !== decision) return false;
  if (tool !== undefined && (about.target === undefined || !tool(about.target))) return false;
  if (kind !== undefined && body.kind !== kind) return false;
  if (by !== undefined && !peopleOf(body).includes(by)) return false;
  if (id !== undefined && !idsOf(body).includes(id)) return false;
  if (since === undefined && until === undefined) return true;
  const at = Date.parse(time);
  return at >= (since ?? at) && at <= (until ?? at);
}

/** A pattern as rules write it; a name without server is that tool of any server. Undefined for what is none. */
export function toolPattern(text: string): ((target: Target) => boolean) | undefined {
  const pattern = parsePattern(text.includes("/") ? text : `*/${text}`, { file: "", line: 1, column: 1 });
  return isProblem(pattern) ? undefined : (target) => matches(pattern, target, { ignoreCase: true });
}
