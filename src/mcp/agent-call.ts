/** One tools/call as the gateway sees it. What the gateway seldom looks at is made when it looks. */

import { setTimeout as pause } from "node:timers/promises";
import type { AgentCall, Cancel, ClientFacts, PromptAnswer, PromptForm } from "../gateway/ports.ts";
import type { Claimed } from "../audit/entry.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { privateMeta, traceOf } from "./era.ts";

/** Long enough for a client on the same machine to have read what was sent before. */
const SETTLE_MS = 3;

/** A cancellation that can be requested once. */
export interface Cancelling extends Cancel {
  request(): void;
}

export function cancelling(): Cancelling {
  let listeners: (() => void)[] = [];
  const self = {
    requested: false,
    request() {
      if (self.requested) return;
      self.requested = true;
      for (const listener of listeners) listener();
      listeners = [];
    },
    onRequest(listener: () => void) {
      if (self.requested) listener();
      else listeners.push(listener);
      return () => {
        listeners = listeners.filter((other) => other !== listener);
      };
    },
  };
  return self;
}

export interface CallParts {
  readonly name: string;
  readonly args: JsonObject;
  readonly meta: Json | undefined;
  readonly client: ClientFacts;
  /** What the client says of itself, the same for all its calls. */
  readonly claimed: Claimed;
  readonly cancel: Cancelling;
  /** Sends one message to the client. */
  send(message: string): void;
  prompt: ((form: PromptForm, signal: AbortSignal) => Promise<PromptAnswer>) | undefined;
  readonly retry: AgentCall["retry"];
}

export interface DoorCall extends AgentCall {
  /**
   * Set while progress was sent a moment ago, until that moment is over: SDK clients (v1 and v2) drop progress that
   * reaches them together with the answer.
   */
  readonly settling: Promise<void> | undefined;
}

export function agentCall(parts: CallParts): DoorCall {
  const { cancel, meta } = parts;
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  const wantsProgress = typeof token === "string" || typeof token === "number";
  const own = privateMeta(meta);
  const trace = traceOf(meta);
  let abort: AbortController | undefined;
  let settling: Promise<void> | undefined;
  return {
    name: parts.name,
    args: parts.args,
    client: parts.client,
    claimed: own === undefined ? parts.claimed : { ...parts.claimed, meta: own },
    ...(trace === undefined ? {} : { trace }),
    cancel,
    get signal() {
      if (abort === undefined) {
        const controller = (abort = new AbortController());
        cancel.onRequest(() => controller.abort());
      }
      return abort.signal;
    },
    wantsProgress,
    progress({ progress, total, message }) {
      if (!wantsProgress || cancel.requested) return;
      settling ??= pause(SETTLE_MS).then(() => (settling = undefined));
      const params = JSON.stringify({ progressToken: token, progress, total, message });
      parts.send(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`);
    },
    get settling() {
      return settling;
    },
    ...(parts.prompt === undefined ? {} : { prompt: parts.prompt }),
    ...(parts.retry === undefined ? {} : { retry: parts.retry }),
  };
}
