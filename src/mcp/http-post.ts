/**
 * Messages to a server as HTTP requests, each with an end of its own, and credentials that are renewed when the server turns
 * them away. A call is never sent twice, whatever came back (P5); a question of our own is, once.
 */

import type { Credentials } from "./credentials.ts";
import { openEnvelope } from "./envelope.ts";
import type { Caller, Ended, Exchange, Place } from "./http-exchange.ts";
import type { Outgoing } from "./params.ts";
import { bearerChallenge } from "./oauth/challenge.ts";
import type { ConnectionEvents } from "./supervise.ts";

export interface PosterParts {
  readonly caller: Caller;
  readonly credentials: Credentials;
  readonly events: ConnectionEvents;
  /** Another path of the same origin than the caller's own. */
  readonly path?: string;
  /** Without the credentials. */
  headersFor(about: Outgoing): Readonly<Record<string, string>>;
  /** The head of a 2xx answer. */
  opened?(about: Outgoing, headers: Readonly<Record<string, string | string[] | undefined>>): void;
  /** Whether answers come in the response; otherwise they come on a stream of their own. */
  readonly answersHere: boolean;
  /** A message was refused by its status; `answer` tells whoever asked. */
  refused(message: string, about: Outgoing, status: number, answer: () => void): void;
  /** Nothing more can come of this connection. */
  fail(reason: string): void;
}

export interface Poster {
  post(message: string, about: Outgoing): void;
  /** The question is nobody's any more. */
  drop(id: number): void;
  /** Resolves when the last notification was taken or refused. */
  arrived(): Promise<void>;
  close(): void;
}

type Headers = Readonly<Record<string, string>>;

const UNANSWERED = "the answer ended without a result";
/** What may stand in a header as it is. */
const HEADER_TEXT = /^[\x20-\x7e]{1,1024}$/;

interface Sending {
  readonly message: string;
  readonly about: Outgoing;
  /** It was turned away once. */
  readonly again: boolean;
  /** A notification was taken or refused. */
  readonly taken?: (() => void) | undefined;
}

/** Questions that change nothing, so that they may be asked again. A call is not among them, nor is a read of a resource. */
const REPEATABLE = /^(?:initialize|ping|server\/discover|subscriptions\/listen|[a-z]+(?:\/[a-z]+)*\/list)$/;
const mayRepeat = ({ method }: Outgoing): boolean => REPEATABLE.test(method) || method.startsWith("notifications/");

export function poster(parts: PosterParts): Poster {
  const { caller, credentials, events, answersHere } = parts;
  const open = new Map<number, Exchange>();
  let closed = false;
  let arrived: Promise<void> = Promise.resolve();

  const answerError = (id: number, message: string): void =>
    events.receive(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32603, message } }), id);

  /** What an HTTP error means for the question that it answers. */
  const refusedBy = (id: number, how: Ended & { readonly kind: "status" }): void => {
    const { status, body, headers } = how;
    const envelope = openEnvelope(body);
    if (envelope.kind === "answer" && envelope.id === id) return events.receive(body, id);
    // The server turned the request away, so it was not carried out; behind 408 and 5xx anything may have happened.
    if (status === 408 || status >= 500) return events.lost(id, `HTTP ${status}`, true);
    const { error, scope = "" } = bearerChallenge(headers["www-authenticate"]) ?? {};
    const more = error === "insufficient_scope" ? `: it wants more rights (${scope.slice(0, 200)})` : "";
    answerError(id, `The server answered HTTP ${status}${more}`);
  };

  /** 401: nothing was carried out. */
  const turnedAway = async (sending: Sending, id: number | undefined, used: Headers): Promise<void> => {
    const { message, about, again, taken } = sending;
    const renewing = credentials.renew(used);
    if (!mayRepeat(about)) {
      const said = "The server did not take the gate's credentials (HTTP 401); nothing was done. If it stays so:";
      return id === undefined ? undefined : answerError(id, `${said} ${credentials.hint}`);
    }
    // Meanwhile it is neither open nor answered; that it was dropped is seen by what stands here.
    const placeholder: Exchange = { abort: () => undefined };
    if (id !== undefined) open.set(id, placeholder);
    const renewed = await renewing;
    const isWanted = !closed && (id === undefined || open.get(id) === placeholder);
    if (isWanted && renewed && !again) return send({ message, about, again: true, taken });
    taken?.();
    if (isWanted) parts.fail(`it does not take the gate's credentials (HTTP 401). ${credentials.hint}`);
  };

  /** Whether the stream of a question ended before its answer, at a place from which the server may go on. */
  const placeOf = (id: number, how: Ended, last: string | undefined): Place | undefined => {
    if (how.kind === "status" || how.place === undefined || events.era().name !== "legacy") return undefined;
    if (!HEADER_TEXT.test(how.place.id)) return undefined;
    const envelope = last === undefined ? undefined : openEnvelope(last);
    return envelope?.kind === "answer" && envelope.id === id ? undefined : how.place;
  };

  /**
   * A stream that ended without the answer is taken up again (2025-11-25, basic/transports, "Resumability and
   * Redelivery"), again and again while the question waits: nothing is sent twice by it.
   */
  const takeUp = (id: number, { id: lastEvent, afterMs }: Place): void => {
    const timer = setTimeout(() => {
      let last: string | undefined;
      const exchange = caller.exchange({
        method: "GET",
        headers: {
          ...credentials.headers(),
          ...parts.headersFor({ method: "" }),
          accept: "text/event-stream",
          "last-event-id": lastEvent,
        },
        message(text) {
          last = text;
          events.receive(text, id);
        },
        ended(how) {
          if (closed || !open.delete(id)) return;
          const place = placeOf(id, how, last);
          if (place === undefined) events.lost(id, UNANSWERED, true);
          else takeUp(id, place);
        },
      });
      open.set(id, exchange);
    }, afterMs);
    open.set(id, { abort: () => clearTimeout(timer) });
  };

  const send = (sending: Sending): void => {
    const { message, about, taken } = sending;
    const id = about.method.startsWith("notifications/") ? undefined : about.id;
    const used = credentials.headers();
    let last: string | undefined;
    const finish = (how: Ended): void => {
      const isTurnedAway = how.kind === "status" && how.status === 401;
      if (!isTurnedAway) taken?.();
      // Closed by us: whoever did it knows what became of the question.
      if (closed || (id !== undefined && !open.delete(id))) return;
      if (isTurnedAway) return void turnedAway(sending, id, used);
      if (how.kind === "status")
        return parts.refused(message, about, how.status, () => (id === undefined ? undefined : refusedBy(id, how)));
      const place = id === undefined || !answersHere ? undefined : placeOf(id, how, last);
      if (id !== undefined && place !== undefined) return takeUp(id, place);
      if (how.kind === "broken") {
        if (id !== undefined) events.lost(id, how.reason, how.sent);
        if (!how.sent) parts.fail(how.reason);
        return;
      }
      // Nothing happens if it was answered.
      if (id !== undefined && answersHere) events.lost(id, UNANSWERED, true);
    };
    const received = (text: string): void => {
      last = text;
      events.receive(text, id ?? 0);
    };
    const exchange = caller.exchange({
      method: "POST",
      ...(parts.path === undefined ? {} : { path: parts.path }),
      headers: { ...used, ...parts.headersFor(about) },
      body: message,
      opened: (headers) => parts.opened?.(about, headers),
      ...(answersHere ? { message: received } : {}),
      ended: finish,
    });
    if (id !== undefined) open.set(id, exchange);
  };

  return {
    post(message, about) {
      if (!about.method.startsWith("notifications/")) return send({ message, about, again: false });
      arrived = new Promise((taken) => send({ message, about, again: false, taken }));
    },
    drop(id) {
      const exchange = open.get(id);
      open.delete(id);
      exchange?.abort();
    },
    arrived: () => arrived,
    close() {
      closed = true;
      const left = [...open.values()];
      open.clear();
      for (const exchange of left) exchange.abort();
    },
  };
}
