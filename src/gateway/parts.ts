/** What one gate is made of, joined in compose. */

import type { AuditLog } from "../audit/log.ts";
import type { Mode } from "../audit/mode.ts";
import type { Notice } from "../approval/notice.ts";
import type { NewDispatch } from "../store/dispatch.ts";
import type { Store } from "../store/store.ts";
import type { InForce } from "./in-force.ts";
import type { Server } from "./ports.ts";

export interface GateParts {
  readonly agent: string;
  /** This process, by the id of its stream. */
  readonly process: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly servers: ReadonlyMap<string, Server>;
  readonly inForce: () => InForce;
  /** Calls the listener after `inForce` has changed. */
  readonly onInForceChanged: (listener: () => void) => void;
  /** The command a person approves with, for the agent to pass on. */
  readonly approveCommand: (code: string) => string;
  readonly secrets: SecretGuard;
  readonly now: () => number;
  /** A gate in front of this one server only, tool names unchanged. */
  readonly only: string | undefined;
  /** Where gates share a process, the process acknowledges a stop; this tells it that this gate forwards nothing any more. */
  readonly heard?: (stop: string) => Promise<void>;
  /** How far it is apart from its agent, where the process serves others too. */
  readonly mode?: () => Mode;
  /**
   * Makes sure that `inForce` counts these approvers for what they are now, where somebody else has to be asked about them.
   * Never rejects. Left out: nobody has to be asked.
   */
  readonly confirm?: (approvers: readonly string[]) => Promise<void>;
  /** Left out: people look for themselves. */
  readonly announcer?: Announcer;
}

/** Tells people who are not looking. */
export interface Announcer {
  /** What `announce` would write: for whoever has to write it together with what it tells of. */
  messages(notice: Notice): readonly NewDispatch[];
  /** Durable when it resolves, sent afterwards. Never rejects: nothing waits for its success. */
  announce(notice: Notice): Promise<void>;
  /** Whether there were channels to tell of this request, all of them failed, and nobody sits before a list of requests. */
  unheard(request: string): Promise<boolean>;
}

/** Finds configured secrets in what passes (P9): the exact and the JSON-escaped value. */
export interface SecretGuard {
  carries(text: string): boolean;
  /** Each secret replaced by its name; the same text when there is none. */
  hide(text: string): string;
}
