/**
 * One agent as the HTTP door sees it: its gate, what it has open, how much of it there may be. What is open ends with the
 * login it was opened under.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gate } from "../gateway/ports.ts";
import { INTERNAL_ERROR, type RpcError } from "./era.ts";
import { openHandles, type Handles } from "./handles.ts";
import { openOnRecord, type OnRecord } from "./on-record.ts";
import { Bag } from "./short-list.ts";

/** What a request came by. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
}

/** Who asks, as its token proved it. */
export interface Login {
  readonly agent: string;
  /** The same for two requests under one token. Holds no secret. */
  readonly key: string;
  /** Whether it still holds: not revoked, not expired, still of this configuration. */
  holds(): Promise<boolean>;
}

export interface HttpLimits {
  /** Questions that an agent may have open at once. */
  readonly questions: number;
  readonly sessions: number;
  /** Streams that are no answers: those of sessions, and subscriptions. */
  readonly streams: number;
}

/** Ms, all of them. */
export interface HttpTimes {
  /** How long a request's headers may take to come, and all of it. */
  readonly headers: number;
  readonly body: number;
  /** How often what is open is kept open, and looked at. */
  readonly beat: number;
  /**
   * How long a question of the 2025 era goes on after its client's connection broke: disconnecting is no cancellation
   * (2025-11-25, basic/transports), and yet a client that has gone must not be waited for.
   */
  readonly gone: number;
  /** After this without a request or an open stream a session ends. */
  readonly idle: number;
}

/** Something that ends when its login does. */
export interface Open {
  readonly login: Login;
  /** Keeps it open. */
  beat(): void;
  /** From our side. */
  breakOff(): void;
}

export interface Visitor {
  readonly gate: Gate;
  /** For doors that live for one request. */
  readonly onRecord: OnRecord;
  readonly limits: HttpLimits;
  /** Questions of modern clients, whose retries come through other doors. */
  readonly handles: Handles;
  readonly open: Bag<Open>;
  questions: number;
  streams: number;
}

/** What both eras are served with. */
export interface HttpParts {
  /** Kidoban's own version. */
  readonly version: string;
  /** A clock that never goes back, ms. */
  now(): number;
  readonly times: HttpTimes;
}

export const TOO_MANY: RpcError = {
  code: INTERNAL_ERROR,
  message: "Too many requests of this agent are open here; wait until one has ended",
};

/** One request under one login. */
export interface Visit {
  readonly visitor: Visitor;
  readonly login: Login;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Clients of one agent that are remembered as recorded. */
const MAX_CLIENTS = 256;

export const newVisitor = (gate: Gate, limits: HttpLimits): Visitor => ({
  gate,
  onRecord: openOnRecord(gate, MAX_CLIENTS),
  limits,
  handles: openHandles(),
  open: new Bag(),
  questions: 0,
  streams: 0,
});
