/**
 * One fact in the audit log. A closed union: what is not in it cannot be recorded.
 * Reserved first members of every line, in this order: v, n, prev, time, kind. Field names are for good: evidence leans on them.
 */

import type { Assertion } from "../approval/passkey.ts";
import type { ExportEntry } from "./export-entry.ts";
import type { LoginEntry } from "./login-entry.ts";
import type { BodyRef, Claimed, OutcomeStatus, Target, Why } from "./parts.ts";
import type { PassEntry } from "./pass-entry.ts";
import type { RequestEntry } from "./request-entry.ts";
import type { Consent, RetentionEntry } from "./retention-entry.ts";
import type { StateEntry } from "./state-entry.ts";
import type { StreamEntry } from "./stream-entry.ts";

export type { BodyRef, Claimed, OutcomeStatus, Target, Why } from "./parts.ts";
import type { Mode } from "./mode.ts";
import type { NotificationEntry } from "./notification-entry.ts";

/** A configuration: the digest that is accepted and signed, and the one that its archive stands under. */
export interface ConfigRef {
  readonly digest: string;
  readonly archive: string;
}

export type EntryBody =
  | StreamEntry
  | RetentionEntry
  | {
      readonly kind: "client.connected";
      readonly agent: string;
      readonly era: string;
      readonly claimed: Claimed;
      /** Where one process serves many agents: as in `stream.opened`, of this one. */
      readonly mode?: Mode;
    }
  | {
      readonly kind: "server.started";
      readonly server: string;
      readonly endpoint: string;
      readonly claimed: { readonly name?: string; readonly version?: string; readonly protocol?: string };
    }
  | { readonly kind: "server.ended"; readonly server: string; readonly reason: string }
  | {
      readonly kind: "definition.quarantined";
      readonly target: Target;
      readonly locked: string | null;
      readonly now: string | null;
    }
  | {
      readonly kind: "list.served";
      readonly agent: string;
      readonly method: string;
      readonly digest: string;
      readonly count: number;
    }
  | {
      readonly kind: "message.refused";
      readonly agent: string;
      readonly side: "agent" | "server";
      readonly method?: string;
      readonly reason: string;
    }
  /** The agent is told from here on when the resource is updated. */
  | { readonly kind: "resource.watched"; readonly agent: string; readonly target: Target; readonly args: BodyRef }
  /** What a server said unasked and the agent was told, e.g. a log message; its body is not kept. */
  | {
      readonly kind: "message.relayed";
      readonly agent: string;
      readonly server: string;
      readonly method: string;
      readonly body: BodyRef;
    }
  /** A server asked the agent's client in the middle of a call, or asked the gate itself for roots. */
  | {
      readonly kind: "question.asked";
      readonly question: string;
      readonly call?: string;
      readonly agent: string;
      readonly server: string;
      readonly method: string;
      readonly args: BodyRef;
    }
  /** `none`: nobody answered; `refused`: the answer did not go on, or the question was not put. */
  | {
      readonly kind: "question.answered";
      readonly question: string;
      readonly call?: string;
      readonly says: "accept" | "decline" | "cancel" | "result" | "error" | "none" | "refused";
      readonly result?: BodyRef;
      readonly detail?: string;
    }
  | {
      readonly kind: "call.denied";
      readonly call: string;
      readonly agent: string;
      readonly asked: string;
      readonly target?: Target;
      readonly why?: Why;
      readonly args: BodyRef;
      readonly claimed?: Claimed;
    }
  | {
      readonly kind: "call.intent";
      readonly call: string;
      readonly agent: string;
      readonly target: Target;
      readonly why: Why;
      readonly args: BodyRef;
      readonly definition?: string | undefined;
      readonly request?: string | undefined;
      readonly action?: string | undefined;
      readonly claimed?: Claimed;
    }
  | {
      readonly kind: "call.outcome";
      readonly call: string;
      readonly status: OutcomeStatus;
      readonly result?: BodyRef | undefined;
      readonly detail?: string | undefined;
    }
  | { readonly kind: "call.replayed"; readonly call: string; readonly agent: string; readonly request: string }
  | RequestEntry
  | PassEntry
  | { readonly kind: "client.silent"; readonly agent: string; readonly request: string; readonly afterMs: number }
  | {
      readonly kind: "config.accepted";
      readonly digest: string;
      readonly by: string;
      /** With the members above, what an approver signed: see approval/acceptance.ts. */
      readonly config?: string;
      readonly previous?: string;
      readonly acceptedAt?: number;
      readonly key?: string;
      readonly signature?: string;
      readonly passkey?: Assertion;
      readonly first: boolean;
      /** See archive.ts. */
      readonly archive?: string;
    }
  | { readonly kind: "config.proposed"; readonly digest: string }
  /** By what this stream's calls are decided from here on: what is accepted and, while another waits, both of them. */
  | {
      readonly kind: "config.applied";
      readonly config: string;
      readonly accepted: ConfigRef;
      readonly proposed?: ConfigRef;
    }
  | { readonly kind: "config.refused"; readonly reason: string }
  /** Another key signs the log: see rotation.ts. `size` and `root`: the ledger before; `consent`: see rotated.ts. */
  | {
      readonly kind: "key.rotated";
      readonly from: string;
      readonly to: string;
      readonly size: number;
      readonly root: string;
      readonly consent?: Consent;
    }
  /** A human let the gate into a server by OAuth; `agent` left out: for every agent without a login of its own. */
  | {
      readonly kind: "login.added";
      readonly server: string;
      readonly agent?: string;
      readonly issuer: string;
      readonly resource: string;
      readonly scope: string;
      readonly by: string;
    }
  | { readonly kind: "login.removed"; readonly server: string; readonly agent?: string; readonly by: string }
  | { readonly kind: "lock.pinned"; readonly server: string; readonly digest: string; readonly by: string }
  | {
      readonly kind: "stop.placed";
      readonly stop: string;
      readonly agent?: string;
      readonly reason: string;
      readonly by: string;
    }
  | { readonly kind: "stop.acknowledged"; readonly stop: string }
  | {
      readonly kind: "stop.lifted";
      readonly stop: string;
      readonly approver: string;
      readonly liftedAt: number;
      readonly key: string;
      readonly signature: string;
      readonly passkey?: Assertion;
      readonly reason: string;
    }
  | LoginEntry
  | NotificationEntry
  | ExportEntry
  | StateEntry
  | { readonly kind: "log.read"; readonly by: string; readonly command: string };

export type EntryKind = EntryBody["kind"];

/**
 * An entry read back. In the line its members are flat and in this order: v, n, prev, time, after, then those of `body`
 * with `kind` first. `after` is the ledger's size last seen, so that order between streams is causal.
 */
export interface Entry {
  readonly v: 1;
  /** Number in its stream, from 0, without gaps. */
  readonly n: number;
  /** RFC 6962 leaf hash of the line before, hex; 64 zeros for the first. */
  readonly prev: string;
  /** UTC, RFC 3339, ms. */
  readonly time: string;
  readonly after: number;
  readonly body: EntryBody;
}
