/** One gate's working state, passed to each step of the flow. */

import type { AuditLog } from "../audit/log.ts";
import type { Obligation } from "../policy/call.ts";
import type { Store } from "../store/store.ts";
import type { Catalog } from "./catalog.ts";
import type { Sent } from "./forward.ts";
import type { GateParts } from "./parts.ts";
import type { ServerSet } from "./servers.ts";
import type { StopWatch } from "./stop.ts";

/** A question that a modern client carries back: opaque, single use, bound to agent, action and expiry. */
export interface PromptHandle {
  readonly request: string;
  readonly action: string;
  readonly expiresAt: number;
  /** When it was sent, to tell an instant answer. */
  readonly sentAt: number;
}

export interface GateState {
  readonly parts: GateParts;
  readonly agent: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly servers: ServerSet;
  readonly stops: StopWatch;
  now(): number;
  catalog(): Catalog;
  /** The floor `approvals:` of what is in force, as an obligation. */
  floor(): Obligation;
  /** Resolves when the store, the rules or a stop may have changed, or after `ms`, or when `signal` aborts. */
  changedWithin(ms: number, signal: AbortSignal): Promise<void>;
  /** Ends every `changedWithin` of this process. */
  wake(): void;
  /** Callers of this process that wait, per request. */
  readonly attending: Map<string, number>;
  /** Executions of this process, per request. */
  readonly executing: Map<string, Promise<Sent>>;
  /** Requests that this process's own client approved (assurance `client`). Never leaves the process. */
  readonly clientApproved: Set<string>;
  readonly prompts: Map<string, PromptHandle>;
  /** The client answered a prompt faster than a person can: nobody is there. */
  clientSilent: boolean;
}
