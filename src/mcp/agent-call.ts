/** One tools/call as the gateway sees it. What the gateway seldom looks at is made when it looks. */

import type { AgentCall, Cancel, ClientFacts, PromptAnswer, PromptForm } from "../gateway/ports.ts";
import type { Claimed } from "../audit/entry.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { privateMeta, traceOf } from "./era.ts";

/** A cancellation that can be requested once. */
export interface Cancelling extends Cancel {
  request(): void;
}

export function cancelling(): Cancelling {
  let requested = false;
  let listeners: (() => void)[] | undefined;
  return {
    get requested() {
      return requested;
    },
    request() {
      if (requested) return;
      requested = true;
      const toCall = listeners ?? [];
      listeners = undefined;
      for (const listener of toCall) listener();
    },
    onRequest(listener) {
      if (requested) {
        listener();
        return () => undefined;
      }
      (listeners ??= []).push(listener);
      return () => {
        listeners = listeners?.filter((other) => other !== listener);
      };
    },
  };
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
  /** Progress was sent in this turn, so the answer should wait for the next: SDK clients lose it otherwise. */
  readonly justProgressed: boolean;
}

export function agentCall(parts: CallParts): DoorCall {
  const { cancel, meta } = parts;
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  const wantsProgress = typeof token === "string" || typeof token === "number";
  const own = privateMeta(meta);
  const trace = traceOf(meta);
  let abort: AbortController | undefined;
  let justProgressed = false;
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
      if (!justProgressed) {
        justProgressed = true;
        setImmediate(() => (justProgressed = false));
      }
      const params = JSON.stringify({ progressToken: token, progress, total, message });
      parts.send(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`);
    },
    get justProgressed() {
      return justProgressed;
    },
    ...(parts.prompt === undefined ? {} : { prompt: parts.prompt }),
    ...(parts.retry === undefined ? {} : { retry: parts.retry }),
  };
}
