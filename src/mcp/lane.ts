/**
 * The lane to one server: our ids, the calls in flight, who cancelled what. It is given messages and gives messages;
 * it knows no pipe and no process. What a server says unasked goes no further than here.
 */

import type { Json } from "../policy/json.ts";
import type { Asking, Cancel, Forwarded, ForwardedCall } from "../gateway/ports.ts";
import { withGetters } from "../policy/with-getters.ts";
import { openAsked, type AskedParts } from "./asked.ts";
import type { Era } from "./era.ts";
import { openEnvelope } from "./envelope.ts";
import { answererIn } from "./beginning.ts";
import { openInFlight, type Pending } from "./in-flight.ts";
import { forwardedOf, replyOf, type Reply, type Settled } from "./outcome.ts";
import { aboutOf, callMeta, callParams, withMeta, type Outgoing } from "./params.ts";
import { isInputRequired, MAX_ROUNDS, nextRound } from "./rounds.ts";
import { openUnasked, type UnaskedParts } from "./unasked.ts";

export interface LaneParts extends UnaskedParts, Pick<AskedParts, "questions"> {
  /** Sends one message; false when none of its bytes can leave any more. `headers` are for what has headers. */
  send(message: string, about: Outgoing): boolean;
  /** The connection's era, which decides what every request carries. */
  era(): Era;
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
  /** Calls that are not answered yet. */
  readonly inFlight: number;
  /**
   * A message was too long to be read. Whose answer it is its beginning may tell; else it is the only question's. Nobody
   * shall wait for it any longer: it was answered, with what nobody knows.
   */
  tooLong(bytes: number, beginning: string): void;
  /** Cancels the calls in flight, not our own questions. */
  cancelAll(): void;
}

interface AskOptions {
  readonly cancel?: Cancel;
  /** A subscription was acknowledged, with what of it is honoured. */
  readonly acknowledged?: (honoured: Json | undefined) => void;
}

export function openLane(parts: LaneParts): Lane {
  let lastId = 0;

  const cancelMessage = (id: number, reason: string): void => {
    const params = `{"requestId":${id},"reason":${JSON.stringify(reason)}}`;
    parts.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`, {
      id,
      method: "notifications/cancelled",
    });
  };

  const pending = openInFlight(cancelMessage);
  const { settle, giveUp } = pending;

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
    const entry: Pending = {
      id,
      call,
      deadline: performance.now() + timeoutMs,
      timeoutMs,
      acknowledged,
      settle: answered,
      unlisten: undefined,
      over: undefined,
      rounds: 0,
      isAsking: false,
    };
    pending.add(entry);
    const message = `{"jsonrpc":"2.0","id":${id},"method":"${about.method}","params":${params}}`;
    if (!parts.send(message, about)) settle(id, { kind: "not_sent", detail: "the connection takes nothing more" });
    else if (cancel !== undefined)
      entry.unlisten = cancel.onRequest(() => giveUp(entry, "cancelled", "cancelled by the caller"));
  };

  const callsInFlight = (only?: number): readonly Pending[] =>
    (only === undefined ? pending.all() : [pending.get(only)]).filter(isCall);

  const asked = openAsked(parts, { inFlight: callsInFlight });

  const hasRoots = (): boolean => parts.questions?.roots() !== undefined;

  /** A modern server's questions are put, and the call is sent on with the answers. */
  const goOn = async (entry: Pending, call: ForwardedCall, asking: Asking, text: string): Promise<void> => {
    entry.over ??= new AbortController();
    const { signal } = entry.over;
    const next = await nextRound({ server: parts.server, asking, roots: asked.tellRoots, signal }, text);
    // Ended while the client was asked, or not by the answer: whatever ended it has said so.
    if (pending.get(entry.id) !== entry) return;
    switch (next.kind) {
      case "refused":
        parts.refused("input_required", next.why);
        return void settle(entry.id, { kind: "asked-back" });
      case "over":
        return void settle(entry.id, { kind: "cancelled", detail: next.why });
      case "retry": {
        entry.isAsking = false;
        const { id } = entry;
        const about = aboutOf(call, id);
        const params = callParams(call, parts.era(), id, callMeta(call, parts.era(), hasRoots), next.params);
        if (!parts.send(`{"jsonrpc":"2.0","id":${id},"method":"${about.method}","params":${params}}`, about))
          settle(id, { kind: "unknown", detail: "the connection takes nothing more" });
      }
    }
  };

  /** Whether an answer is one that ends nothing. Under its old id nothing can be said of the call any more. */
  const isRound = (entry: Pending, outcome: Extract<Settled, { readonly kind: "answer" }>): boolean => {
    const { call } = entry;
    if (call?.asking === undefined || call.kind === "completion" || parts.era().name === "legacy") return false;
    if (outcome.member === "error" || !isInputRequired(outcome.value) || entry.rounds >= MAX_ROUNDS) return false;
    entry.rounds += 1;
    entry.isAsking = true;
    pending.rename(entry, ++lastId);
    goOn(entry, call, call.asking, outcome.text).catch(() =>
      settle(entry.id, { kind: "unknown", detail: "it failed on its way" }),
    );
    return true;
  };

  const receiveAnswer = (id: unknown, outcome: Extract<Settled, { readonly kind: "answer" }>): void => {
    const entry = typeof id === "number" ? pending.get(id) : undefined;
    if (entry !== undefined && !entry.isAsking) {
      if (!isRound(entry, outcome)) settle(entry.id, outcome);
      return;
    }
    const late = typeof id === "number" && Number.isInteger(id) && id > 0 && id <= lastId;
    parts.refused(undefined, late ? "a late or second answer" : "an answer to nothing that was asked");
  };

  const receiveNotification = openUnasked(parts, {
    callOf(only) {
      const [call, ...others] = callsInFlight(only);
      return others.length === 0 ? call?.call : undefined;
    },
    progressOf: (token) => pending.get(token)?.call?.progress,
    acknowledged: (id, honoured) => pending.get(id)?.acknowledged?.(honoured),
    withdrawn: asked.cancelled,
    elicited: asked.elicited,
  });

  return withGetters({
    receive(text, only) {
      const envelope = openEnvelope(text);
      switch (envelope.kind) {
        case "answer": {
          const { id, member, value } = envelope;
          if (only !== undefined && id !== only) return parts.refused(undefined, "an answer to another question");
          return receiveAnswer(id, { kind: "answer", member, text: envelope.text, value });
        }
        case "request":
          return asked.receive(envelope.id, envelope.method, text, only);
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
      const params = callParams(call, parts.era(), id, callMeta(call, parts.era(), hasRoots));
      return new Promise((resolve) => {
        open(id, aboutOf(call, id), params, call.timeoutMs, call, (outcome) =>
          resolve(forwardedOf(outcome, (error) => asked.relayUrls(error, call.asking))),
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
      for (const { id } of pending.all()) settle(id, { kind: "unknown", detail: reason });
    },

    get inFlight() {
      return pending.calls;
    },

    tooLong(bytes, beginning) {
      const answerer = answererIn(beginning);
      const id = answerer === "someone" ? pending.only?.id : answerer;
      const detail = `an answer of ${bytes} bytes, which is too long`;
      if (id === undefined || !settle(id, { kind: "unknown", detail }))
        parts.refused(undefined, `a message of ${bytes} bytes`);
    },

    cancelAll() {
      for (const entry of pending.all()) if (entry.call !== undefined) giveUp(entry, "cancelled", "stopped");
    },
  });
}

const isCall = (entry: Pending | undefined): entry is Pending => entry?.call !== undefined;
