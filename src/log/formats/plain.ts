/** One entry as other systems take it: the same few facts for every kind, whatever they are called there. Pure. */

import { visibleLine } from "../../approval/visible.ts";
import type { EntryKind, OutcomeStatus } from "../../audit/entry.ts";
import { leafHash } from "../../audit/tree.ts";
import type { Access, Effect, Kind } from "../../policy/call.ts";
import type { Found } from "../found.ts";

/** What did not happen, or happened and nobody knows how, and what should be looked at, is more than information. */
export type Weight = "info" | "notice" | "warning" | "error";

export interface Plain {
  /** Ms since the epoch, and as it stands in the entry. */
  readonly at: number;
  readonly time: string;
  readonly stream: string;
  readonly n: number;
  /** RFC 6962 leaf hash of the entry's line, hex: finds it again in the log that proves it. */
  readonly leaf: string;
  readonly kind: EntryKind;
  readonly weight: Weight;
  readonly agent: string | undefined;
  readonly server: string | undefined;
  readonly what: Kind | undefined;
  readonly name: string | undefined;
  readonly effect: Effect | undefined;
  readonly access: Access | undefined;
  readonly rules: readonly string[];
  readonly call: string | undefined;
  readonly request: string | undefined;
  readonly status: OutcomeStatus | undefined;
  /** Who answered, accepted, stopped. */
  readonly by: string | undefined;
  /** The entry's line, whole. */
  readonly line: string;
}

/** Names are the agents' and servers' choice, so what cannot be seen in them is made visible; the line has them as they were. */
const text = (value: unknown): string | undefined => (typeof value === "string" ? visibleLine(value) : undefined);

/** The one who did it, by whichever name the kind has for them. */
function doer(body: Found["entry"]["body"]): string | undefined {
  if (body.kind === "request.answered") {
    return "body" in body.statement ? body.statement.body.approver : undefined;
  }
  if ("by" in body) return text(body.by);
  return "approver" in body ? text(body.approver) : undefined;
}

function weightOf({ entry: { body } }: Found): Weight {
  switch (body.kind) {
    case "call.outcome":
      return body.status === "ok" ? "info" : body.status === "tool_error" ? "notice" : "warning";
    case "call.denied":
    case "request.refused":
    case "message.refused":
    case "client.silent":
      return "notice";
    case "definition.quarantined":
    case "config.refused":
    case "auth.refused":
    case "stream.recovered":
      return "warning";
    case "stop.placed":
      return "error";
    default:
      return "info";
  }
}

export function plainOf(found: Found): Plain {
  const { entry, about, stream, line } = found;
  const { body } = entry;
  const why = "why" in body ? body.why : undefined;
  return {
    at: Date.parse(entry.time),
    time: entry.time,
    stream,
    n: entry.n,
    leaf: leafHash(line),
    kind: body.kind,
    weight: weightOf(found),
    agent: text(about.agent) ?? ("agent" in body ? text(body.agent) : undefined),
    server: text(about.target?.server) ?? ("server" in body ? text(body.server) : undefined),
    what: about.target?.kind,
    // What was asked for under a name that is nothing to this agent.
    name: text(about.target?.name) ?? ("asked" in body ? text(body.asked) : undefined),
    effect: about.decision,
    access: why?.access,
    rules: why?.rules ?? [],
    call: about.call,
    request: about.request,
    status: body.kind === "call.outcome" ? body.status : undefined,
    by: doer(body),
    line,
  };
}
