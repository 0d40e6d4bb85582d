/**
 * What is in force now: the accepted configuration and, until a human accepts it too, the one on disk.
 * A call must pass both, so a change that narrows holds at once and one that widens waits (P12).
 */

import type { Approver } from "../approval/approver.ts";
import type { Hiding } from "../audit/body-paths.ts";
import type { Call, Decision, Obligation } from "../policy/call.ts";
import { decide, strictest } from "../policy/decide.ts";
import type { Policy } from "../policy/policy.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";
import type { Live } from "../policy/visible.ts";
import type { AskKind, LockedItem, Lock, ServerLimits } from "../policy/manifest.ts";

export interface InForce {
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  /** One, or two while a change waits; the accepted one is first. */
  readonly policies: readonly [Policy, ...Policy[]];
  /** Who may answer: accepted, and still there under the same key. */
  readonly approvers: readonly Approver[];
  /** Accepted locks. */
  readonly locks: ReadonlyMap<string, Lock>;
  /** Accepted endpoint per server. */
  endpoint(server: string): string;
  naming(server: string): "prefixed" | "as-is";
  timeoutMs(server: string): number;
  limits(server: string): ServerLimits;
  /** Whether the log keeps arguments and results themselves, as anything in force says. */
  keepsBodies(call: Pick<Call, "server" | "kind" | "name">): boolean;
  /** What it keeps nothing of, at these places of arguments and results, as anything in force says; undefined: nowhere. */
  hides(call: Pick<Call, "server" | "kind" | "name">): Hiding | undefined;
  /** Calls that the agent may have in flight at once. */
  readonly inFlight: number;
  /** What the server may ask of the agent's client, as everything in force says. */
  asks(server: string): readonly AskKind[];
  /** URIs of the roots that the agent's manifest gives the server, as everything in force says; undefined: it gives none. */
  roots(server: string): readonly string[] | undefined;
  /** What SQL is parsed with, for previews. */
  readonly sql: SqlReaders;
  /** `approvals:` of each as an obligation. */
  readonly floor: readonly Obligation[];
  /** From the manifest; undefined: by what the client is known to bear. */
  readonly holdMs: number | undefined;
  readonly digest: string;
}

export function decideInForce(inForce: InForce, call: Call, live: Live): Decision {
  const [first, ...others] = inForce.policies;
  let decision = decide(first, call, live);
  for (const policy of others) decision = strictest(decision, decide(policy, call, live));
  return decision;
}

export function lockedItem(
  inForce: InForce,
  { server, kind, name }: Pick<Call, "server" | "kind" | "name">,
): LockedItem | undefined {
  return inForce.locks.get(server)?.items.find((item) => item.kind === kind && item.name === name);
}
