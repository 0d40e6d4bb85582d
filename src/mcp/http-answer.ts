/**
 * What goes back on one HTTP request: plain JSON where nothing but the answer comes, a stream of events as soon as
 * something else does. Knows no session and no gate.
 *
 * No getters on what is made for each request, here and behind the door: V8 makes a shape of its own for each such object,
 * in the old generation, and by it all that the getter sees survives until a full collection. It doubled the time of a call.
 */

import type { ServerResponse } from "node:http";
import { INTERNAL_ERROR, type RpcError } from "./era.ts";
import type { Accepts } from "./http-checks.ts";
import type { Id } from "./read-message.ts";

/** Above this a client that does not read gets nothing more that can be left out. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** Above this it is not waited for any longer. */
const LIMIT_BACKLOG_BYTES = 64 * 1024 * 1024;

/** A stream of events that is open. */
export interface EventStream {
  send(message: string): void;
  /** A comment, which says nothing and keeps what lies between from closing the connection. */
  comment(): void;
  crowded(): boolean;
  end(): void;
}

/** A raw line break can only stand between the tokens of JSON, where it means nothing; in an event it would end the line. */
export const oneLine = (message: string): string =>
  /[\r\n]/.test(message) ? message.replaceAll(/[\r\n]+/g, " ") : message;

/** Name, value, name, value …: what node:http takes as it is. An object put together anew for each answer cost 1 µs. */
export type HeaderList = readonly string[];
export const NONE: HeaderList = [];

const STREAMING: HeaderList = [
  "content-type",
  "text/event-stream",
  "cache-control",
  "no-cache, no-transform",
  // Reverse proxies would hold events back (2026-07-28, basic/transports/streamable-http, "Receiving Messages").
  "x-accel-buffering",
  "no",
];

/** `closed` is called once, when the client has left or the stream has ended. */
export function openEventStream(response: ServerResponse, headers: HeaderList, closed: () => void): EventStream {
  response.on("close", closed);
  response.writeHead(200, [...headers, ...STREAMING]);
  response.flushHeaders();
  const write = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > LIMIT_BACKLOG_BYTES) response.destroy();
    else response.write(text);
  };
  return {
    send: (message) => write(`event: message\ndata: ${oneLine(message)}\n\n`),
    comment: () => write(":\n\n"),
    crowded: () => response.writableLength > MAX_BACKLOG_BYTES,
    end: () => void response.end(),
  };
}

export interface AnswerParts {
  /** Of the question; undefined where it has none that could be read. */
  readonly id: Id | undefined;
  readonly accepts: Accepts;
  /** Of the plain answer; a stream is 200 always, so what is known to be an error is answered plainly. */
  readonly status: number;
  /** Another status for an error that is answered plainly. */
  readonly statusOfError?: (error: string) => number;
  readonly headers: HeaderList;
  /** Called once: with the answer when it has been sent, with nothing when the client left or `end` was called before. */
  readonly over: (answer: string | undefined) => void;
  /** Called when the answer comes after all that, for nobody. */
  readonly late?: () => void;
}

export interface HttpAnswer {
  /** One message that belongs to the question. After its answer nothing more is sent. */
  send(message: string): void;
  crowded(): boolean;
  /** Called from time to time: a question that takes long becomes a stream, a stream is kept open. */
  beat(): void;
  /** Ends it without an answer, for a question that was cancelled. */
  end(): void;
  /** Ends it from our side with an error: clients wait for an answer, not for a connection. */
  breakOff(): void;
}

const BROKEN_OFF: RpcError = {
  code: INTERNAL_ERROR,
  message: "The gate ended this request; whether it had any effect is not known here",
};

export const errorText = (id: Id | undefined, error: RpcError): string =>
  `{"jsonrpc":"2.0",${id === undefined ? "" : `"id":${JSON.stringify(id)},`}"error":${JSON.stringify(error)}}`;

/** A whole answer at once. */
export function sendJson(response: ServerResponse, status: number, text: string, more: HeaderList = NONE): void {
  const headers = [
    "cache-control",
    "no-store",
    "x-content-type-options",
    "nosniff",
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(text)),
  ];
  response.writeHead(status, more.length === 0 ? headers : headers.concat(more));
  response.end(text);
}

export function openAnswer(response: ServerResponse, parts: AnswerParts): HttpAnswer {
  const { id, accepts, status } = parts;
  const head = id === undefined ? '{"jsonrpc":"2.0",' : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`;
  /** The door writes its answers itself, with these members in this order. */
  const isAnswer = (message: string): boolean =>
    message.startsWith(head) &&
    (message.startsWith('"result"', head.length) || message.startsWith('"error"', head.length));
  let stream: EventStream | undefined;
  let isOver = false;
  let beats = 0;

  const over = (answer: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    parts.over(answer);
  };
  response.on("close", () => over(undefined));
  const streaming = (): EventStream => (stream ??= openEventStream(response, parts.headers, () => undefined));
  const statusFor = (answer: string): number =>
    status === 200 && answer.startsWith('"error"', head.length) ? (parts.statusOfError?.(answer) ?? status) : status;
  const mayStream = accepts.events && status === 200;

  const send = (message: string): void => {
    const isLast = isAnswer(message);
    if (isOver) return isLast ? parts.late?.() : undefined;
    if (isLast && stream === undefined && (accepts.json || !mayStream))
      sendJson(response, statusFor(message), message, parts.headers);
    else if (mayStream) {
      streaming().send(message);
      if (isLast) streaming().end();
    }
    if (isLast) over(message);
  };

  return {
    send,
    crowded: () => stream?.crowded() ?? false,
    beat() {
      if (isOver) return;
      if (stream !== undefined) return stream.comment();
      beats += 1;
      if (beats > 1 && mayStream) streaming().comment();
    },
    end() {
      if (isOver) return;
      if (mayStream) streaming().end();
      else response.writeHead(204).end();
      over(undefined);
    },
    breakOff: () => send(errorText(id, BROKEN_OFF)),
  };
}
