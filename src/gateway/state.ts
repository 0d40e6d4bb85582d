/** One gate's working state, passed to each step of the flow. */

import type { AuditLog } from "../audit/log.ts";
import type { Obligation } from "../policy/call.ts";
import type { Store } from "../store/store.ts";
import type { Catalog } from "./catalog.ts";
import type { Claim } from "./steps.ts";
import type { GateParts } from "./parts.ts";
import type { ClientFacts, Server, Watching } from "./ports.ts";
import type { LogLevel, LogMessage } from "./log-message.ts";
import type { ServerSet } from "./servers.ts";
import type { StopWatch } from "./stop.ts";

/** A question that a modern client carries back: opaque, single use, bound to agent, action and expiry. */
interface PromptHandle {
  readonly request: string;
  readonly action: string;
  readonly expiresAt: number;
}

export interface Messages {
  /** See Gate.onLogMessage. */
  listen(least: LogLevel, tell: (message: LogMessage) => void): () => void;
  /** Messages of this level and above are wanted during a call. */
  want(level: LogLevel): void;
  /** Records a message and passes it on; nothing while a stop holds or the log is sealed. */
  relay(message: LogMessage, tell: (message: LogMessage) => void): void;
  /** Listens to a server that came. */
  adopt(server: Server): void;
}

export interface Watches {
  open(uri: string, client: ClientFacts, updated: (uri: string) => void): Promise<Watching>;
  /** Listens to a server that came. */
  adopt(id: string, server: Server): void;
}

export interface GateState {
  readonly parts: GateParts;
  readonly agent: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly servers: ServerSet;
  readonly stops: StopWatch;
  readonly messages: Messages;
  readonly watches: Watches;
  now(): number;
  catalog(): Catalog;
  /** The floor `approvals:` of what is in force, as an obligation. */
  floor(): readonly Obligation[];
  /** Calls that are not answered yet. */
  running: number;
  /** Counts what may have changed the store, the rules or a stop. */
  readonly changes: number;
  /** Resolves when `changes` is not `seen` any more, or after `ms`, or when `signal` aborts. */
  changedSince(seen: number, ms: number, signal: AbortSignal): Promise<void>;
  /** Ends every `changedSince` of this process. */
  wake(): void;
  /** Callers of this process that wait, per request. */
  readonly attending: Map<string, number>;
  /** Claims of this process that run, per request. */
  readonly executing: Map<string, Promise<Claim>>;
  /** Requests that this process sees to for the sake of a task, until they end. */
  readonly keeping: Map<string, Promise<void>>;
  /** Aborted when the gate closes. */
  readonly closing: AbortSignal;
  /** Requests that this process's own client approved (assurance `client`), and when. Never leaves the process. */
  readonly clientApproved: Map<string, number>;
  readonly prompts: Map<string, PromptHandle>;
  /** Attempts with unknown outcome whose note the store did not take. */
  readonly unnoted: Map<string, string>;
  /** The client answered a prompt faster than a person can: nobody is there. */
  clientSilent: boolean;
}
