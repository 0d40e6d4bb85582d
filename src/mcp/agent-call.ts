/** One call as the gateway sees it. What the gateway seldom looks at is made when it looks. */

import { setTimeout as pause } from "node:timers/promises";
import type { AgentCall, Cancel, ClientFacts, PromptAnswer, PromptForm } from "../gateway/ports.ts";
import type { LogLevel, LogMessage } from "../gateway/log-message.ts";
import type { Kind } from "../policy/call.ts";
import type { Claimed } from "../audit/entry.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import type { Asked } from "./calls.ts";
import { privateMeta, traceOf } from "./client-facts.ts";
import type { Id } from "./read-message.ts";
import type { Outlet } from "./replies.ts";

/** Long enough for a client on the same machine to have read what was sent before. */
const SETTLE_MS = 3;

const NOBODY: readonly (() => void)[] = [];

/** A cancellation that can be requested once. */
export class Cancelling implements Cancel {
  requested = false;
  /** Its answer would reach nobody. */
  unheard = false;
  /** Mostly there is one; a list for each would be made for nothing. */
  #listener: (() => void) | undefined;
  #others: readonly (() => void)[] = NOBODY;

  request(): void {
    if (this.requested) return;
    this.requested = true;
    const listeners = this.#listener === undefined ? this.#others : [this.#listener, ...this.#others];
    for (const listener of listeners) listener();
    this.#listener = undefined;
    this.#others = NOBODY;
  }

  onRequest(listener: () => void): () => void {
    if (this.requested) listener();
    else if (this.#listener === undefined) this.#listener = listener;
    else this.#others = [...this.#others, listener];
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
      else this.#others = this.#others.filter((other) => other !== listener);
    };
  }
}

/** Where the client takes what belongs to a call: under the id that its request has. */
export interface Way {
  readonly outlet: Outlet;
  readonly id: Id;
}

export interface CallParts {
  readonly asked: Asked;
  readonly meta: Json | undefined;
  readonly client: ClientFacts;
  /** What the client says of itself, the same for all its calls. */
  readonly claimed: Claimed;
  /** Which connection it came by. */
  readonly conversation: object;
  readonly way: Way;
  readonly ways: Ways;
}

/** What the call's client can be asked, and what it has said besides. */
export interface Ways {
  readonly prompt: ((form: PromptForm, signal: AbortSignal) => Promise<PromptAnswer>) | undefined;
  readonly retry: AgentCall["retry"] | undefined;
  /** What the client has asked for, for all its calls or for this one. */
  readonly logLevel: LogLevel | undefined;
  /** Puts questions of servers to the client, where it declared any. */
  readonly ask: AgentCall["ask"] | undefined;
}

/** A class for the sake of its prototype: methods and getters made for each call would cost a tenth of the call. */
export class IncomingCall extends Cancelling implements AgentCall {
  readonly kind: Kind;
  readonly name: string;
  readonly args: JsonObject;
  client: ClientFacts;
  readonly claimed: Claimed;
  readonly conversation: object;
  readonly ask?: NonNullable<AgentCall["ask"]>;
  readonly trace?: JsonObject;
  readonly prompt?: (form: PromptForm, signal: AbortSignal) => Promise<PromptAnswer>;
  readonly retry?: NonNullable<AgentCall["retry"]>;
  readonly logLevel?: LogLevel;
  /**
   * Set while progress was sent a moment ago, until that moment is over: SDK clients (v1 and v2) drop progress that
   * reaches them together with the answer.
   */
  settling: Promise<void> | undefined;
  #token: string | number | undefined;
  #way: Way | undefined;
  #abort: AbortController | undefined;

  constructor(parts: CallParts) {
    super();
    this.kind = parts.asked.kind;
    this.name = parts.asked.name;
    this.args = parts.asked.args;
    this.client = parts.client;
    this.claimed = parts.claimed;
    this.conversation = parts.conversation;
    this.#way = parts.way;
    const { ask, prompt, retry, logLevel } = parts.ways;
    if (ask !== undefined) this.ask = ask;
    if (prompt !== undefined) this.prompt = prompt;
    if (retry !== undefined) this.retry = retry;
    if (logLevel !== undefined) this.logLevel = logLevel;
    if (!isObject(parts.meta)) return;
    this.#token = tokenIn(parts.meta);
    const own = privateMeta(parts.meta);
    if (own !== undefined) this.claimed = { ...parts.claimed, meta: own };
    const trace = traceOf(parts.meta);
    if (trace !== undefined) this.trace = trace;
  }

  /** Its request has been answered, and it goes on: until the next one nothing can be told. */
  detach(): void {
    this.#way = undefined;
  }

  /** A retry goes on with it. */
  attach({ meta, client, way }: Pick<CallParts, "meta" | "client" | "way">): void {
    this.client = client;
    this.#token = tokenIn(meta);
    this.#way = way;
  }

  over(elicitation: string): void {
    if (this.client.era === "modern") return;
    const params = JSON.stringify({ elicitationId: elicitation });
    this.#way?.outlet.send(`{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":${params}}`);
  }

  log({ params }: LogMessage): void {
    const way = this.#way;
    if (way === undefined || this.requested || way.outlet.crowded()) return;
    this.settling ??= pause(SETTLE_MS).then(() => (this.settling = undefined));
    way.outlet.send(`{"jsonrpc":"2.0","method":"notifications/message","params":${params}}`, way.id);
  }

  get cancel(): Cancel {
    return this;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = (this.#abort = new AbortController());
      this.onRequest(() => abort.abort());
    }
    return this.#abort.signal;
  }

  get wantsProgress(): boolean {
    return this.#token !== undefined;
  }

  progress({ progress, total, message }: { progress: number; total?: number; message?: string }): void {
    const way = this.#way;
    if (way === undefined || !this.wantsProgress || this.requested || way.outlet.crowded()) return;
    this.settling ??= pause(SETTLE_MS).then(() => (this.settling = undefined));
    const params = JSON.stringify({ progressToken: this.#token, progress, total, message });
    way.outlet.send(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`, way.id);
  }
}

function tokenIn(meta: Json | undefined): string | number | undefined {
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}
