/**
 * The lane to one server: our ids, the calls in flight, who cancelled what. It is given messages and gives messages;
 * it knows no pipe and no process. What a server says unasked goes no further than here.
 */

import type { Json } from "../policy/json.ts";
import type { Cancel, Forwarded, ForwardedCall } from "../gateway/ports.ts";
import type { Era } from "./era.ts";
import { openEnvelope } from "./envelope.ts";
import { fateOf } from "./methods.ts";
import { forwardedOf, replyOf, type Reply, type Settled } from "./outcome.ts";
import { callParams, METHOD_OF, nameIn, withMeta } from "./params.ts";
import { MAX_ID_LENGTH } from "./read-message.ts";
import { openUnasked, type UnaskedParts } from "./unasked.ts";

export interface LaneParts extends UnaskedParts {
  /** Sends one message; false when none of its bytes can leave any more. `headers` are for what has headers. */
  send(message: string, about: Outgoing): boolean;
  /** The connection's era, which decides what every request carries. */
  era(): Era;
}

/** What a transport with headers or streams of its own needs to know of a message. */
export interface Outgoing {
  readonly id?: number;
  readonly method: string;
  readonly name?: string;
  readonly argsText?: string;
}

export interface Lane {
  /** One message from the server; `only`: the one question it may answer, where it came on that question's own stream. */
  receive(text: string, only?: number): void;
  call(call: ForwardedCall): Promise<Forwarded>;
  /** A question of ours; `params` is its JSON text without `_meta`, e.g. `{"cursor":"x"}`. */
  ask(method: string, params: string, timeoutMs: number, more?: AskOptions): Promise<Reply>;
  notify(method: string): void;
  /** A single question's connection broke: nobody knows whether it arrived, unless `sent` is false. */
  lost(id: number, reason: string, sent: boolean): void;
  /** The connection is gone: whatever is in flight has no known outcome. */
  breakOff(reason: string): void;
  /** Questions that are not answered yet. */
  readonly inFlight: number;
  /**
   * A message was too long to be read. Whose answer it is its beginning may tell; else it is the only question's. Nobody
   * shall wait for it any longer: it was answered, with what nobody knows.
   */
  tooLong(bytes: number, beginning: string): void;
  /** Cancels the calls in flight, not our own questions. */
  cancelAll(): void;
}

export interface AskOptions {
  readonly cancel?: Cancel;
  /** A subscription was acknowledged, with what of it is honoured. */
  readonly acknowledged?: (honoured: Json | undefined) => void;
}

interface Pending {
  readonly acknowledged: AskOptions["acknowledged"];
  /** The call it belongs to; undefined for a question of our own, which no stop cancels. */
  readonly call: ForwardedCall | undefined;
  /** When it times out, on the clock of `performance.now`. */
  readonly deadline: number;
  readonly timeoutMs: number;
  settle(outcome: Settled): void;
  /** Ends listening to the call's cancellation. */
  unlisten: (() => void) | undefined;
}

/** A longer timer would fire at once (2^31 ms overflows). */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function openLane(parts: LaneParts): Lane {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  const cancelMessage = (id: number, reason: string): void => {
    const params = `{"requestId":${id},"reason":${JSON.stringify(reason)}}`;
    parts.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`, {
      id,
      method: "notifications/cancelled",
    });
  };

  /** Takes a question out of the table exactly once. */
  const settle = (id: number, outcome: Settled): boolean => {
    const entry = pending.get(id);
    if (entry === undefined) return false;
    pending.delete(id);
    entry.unlisten?.();
    entry.settle(outcome);
    return true;
  };

  const giveUp = (id: number, kind: "timeout" | "cancelled", detail: string): void => {
    if (settle(id, { kind, detail })) cancelMessage(id, detail);
  };

  /** One alarm for all questions, at or before the earliest deadline: a timer for each would cost as much as the parse. */
  let alarm: NodeJS.Timeout | undefined;
  let alarmAt = Infinity;
  const setAlarm = (deadline: number): void => {
    if (deadline >= alarmAt) return;
    clearTimeout(alarm);
    alarmAt = deadline;
    alarm = setTimeout(ring, Math.min(Math.max(1, deadline - performance.now()), MAX_TIMER_MS)).unref();
  };
  const ring = (): void => {
    alarmAt = Infinity;
    const now = performance.now();
    for (const [id, { deadline, timeoutMs }] of pending)
      if (deadline <= now) giveUp(id, "timeout", `no answer within ${timeoutMs} ms`);
      else setAlarm(deadline);
  };

  /** Puts question `id` on its way. `answered` is called once. */
  const open = (
    id: number,
    about: Outgoing,
    params: string,
    timeoutMs: number,
    call: ForwardedCall | undefined,
    answered: (outcome: Settled) => void,
    { cancel = call?.cancel, acknowledged }: AskOptions = {},
  ): void => {
    const deadline = performance.now() + timeoutMs;
    const entry: Pending = { call, deadline, timeoutMs, acknowledged, settle: answered, unlisten: undefined };
    pending.set(id, entry);
    setAlarm(deadline);
    const message = `{"jsonrpc":"2.0","id":${id},"method":"${about.method}","params":${params}}`;
    if (!parts.send(message, about)) settle(id, { kind: "not_sent", detail: "the connection takes nothing more" });
    else if (cancel !== undefined)
      entry.unlisten = cancel.onRequest(() => giveUp(id, "cancelled", "cancelled by the caller"));
  };

  const receiveNotification = openUnasked(parts, {
    callOf(only) {
      if (only !== undefined) return pending.get(only)?.call;
      const calls = [...pending.values()].flatMap(({ call }) => call ?? []);
      return calls.length === 1 ? calls[0] : undefined;
    },
    progressOf: (token) => pending.get(token)?.call?.progress,
    acknowledged: (id, honoured) => pending.get(id)?.acknowledged?.(honoured),
  });

  return {
    receive(text, only) {
      const envelope = openEnvelope(text);
      switch (envelope.kind) {
        case "answer": {
          const { id, member, value } = envelope;
          if (only !== undefined && id !== only) return parts.refused(undefined, "an answer to another question");
          if (typeof id === "number" && settle(id, { kind: "answer", member, text: envelope.text, value })) return;
          const late = typeof id === "number" && Number.isInteger(id) && id > 0 && id <= lastId;
          return parts.refused(undefined, late ? "a late or second answer" : "an answer to nothing that was asked");
        }
        case "request":
          return answerRequest(parts, envelope.id, envelope.method);
        case "notification":
          return receiveNotification(envelope.method, envelope.params, only);
        case "bad":
          return parts.refused(undefined, `not a message: ${envelope.reason}`);
      }
    },

    call(call) {
      if (call.cancel?.requested === true)
        return Promise.resolve({ status: "not_sent", detail: "cancelled before it was sent" });
      const id = ++lastId;
      const name = nameIn(call);
      const about: Outgoing = {
        id,
        method: METHOD_OF[call.kind],
        ...(name === undefined ? {} : { name }),
        ...(call.kind === "tool" ? { argsText: call.argsText } : {}),
      };
      return new Promise((resolve) => {
        open(id, about, callParams(call, parts.era(), id), call.timeoutMs, call, (outcome) =>
          resolve(forwardedOf(outcome)),
        );
      });
    },

    ask(method, params, timeoutMs, more = {}) {
      const id = ++lastId;
      return new Promise((resolve) => {
        open(
          id,
          { id, method },
          withMeta(params, parts.era().requestMeta),
          timeoutMs,
          undefined,
          (outcome) => resolve(replyOf(outcome)),
          more,
        );
      });
    },

    notify(method) {
      parts.send(`{"jsonrpc":"2.0","method":"${method}"}`, { method });
    },

    lost(id, reason, sent) {
      settle(id, { kind: sent ? "unknown" : "not_sent", detail: reason });
    },

    breakOff(reason) {
      for (const id of pending.keys()) settle(id, { kind: "unknown", detail: reason });
    },

    get inFlight() {
      return pending.size;
    },

    tooLong(bytes, beginning) {
      const [only, ...others] = pending.keys();
      const named = /^\s*\{[^{}[\]]{0,200}"id"\s*:\s*(\d{1,15})\s*,/.exec(beginning)?.[1];
      const id = named === undefined ? (others.length === 0 ? only : undefined) : Number(named);
      const detail = `an answer of ${bytes} bytes, which is too long`;
      if (id === undefined || !settle(id, { kind: "unknown", detail }))
        parts.refused(undefined, `a message of ${bytes} bytes`);
    },

    cancelAll() {
      for (const [id, entry] of pending) if (entry.call !== undefined) giveUp(id, "cancelled", "stopped");
    },
  };
}

/** A server may ask us whether we live; nothing else (no sampling, no elicitation, no roots). */
function answerRequest(parts: LaneParts, id: string | number, method: string): void {
  if (typeof id === "string" && id.length > MAX_ID_LENGTH) return parts.refused(method, "an id too long to answer");
  const here = fateOf("request", "server", method) === "here";
  const answer = here ? '"result":{}' : '"error":{"code":-32601,"message":"Method not found"}';
  parts.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${answer}}`, { method });
  if (!here) parts.refused(method, "a request of the server");
}
