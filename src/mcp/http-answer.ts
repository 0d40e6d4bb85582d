/**
 * What goes back on one HTTP request: plain JSON where nothing but the answer comes, a stream of events as soon as
 * something else does. Knows no session and no gate.
 *
 * No getters on what is made for each request, here and behind the door: V8 makes a shape of its own for each such object,
 * in the old generation, and by it all that the getter sees survives until a full collection. It doubled the time of a call.
 */

import type { ServerResponse } from "node:http";
import { INTERNAL_ERROR, INVALID_REQUEST, type RpcError } from "./era.ts";
import { errorText } from "./errors.ts";
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

/** How a message ends a question, where it does. */
export type Ending = "result" | "error";

const BROKEN_OFF: RpcError = {
  code: INTERNAL_ERROR,
  message: "The gate ended this request; whether it had any effect is not known here",
};

/** A whole answer at once. */
export function sendJson(response: ServerResponse, status: number, text: string, more: HeaderList = NONE): void {
  const bytes = Buffer.byteLength(text);
  const headers = [
    "cache-control",
    "no-store",
    "x-content-type-options",
    "nosniff",
    "content-type",
    "application/json",
    "content-length",
    String(bytes),
  ];
  response.writeHead(status, more.length === 0 ? headers : headers.concat(more));
  // ASCII is the same in both, and copied as it stands.
  response.write(text, bytes === text.length ? "latin1" : "utf8");
  // By `end` it would leave beside an empty text, in a way for several that takes longer.
  response.socket?.uncork();
  response.end();
}

export function refuse(response: ServerResponse, status: number, what: string): void {
  sendJson(response, status, errorText(undefined, { code: INVALID_REQUEST, message: what }));
}

function fail(response: ServerResponse): void {
  if (!response.headersSent) refuse(response, 500, "internal error in the gate");
  else response.destroy();
}

/** Runs a step of a request: whatever goes wrong in it ends this request and nothing else. */
export function guarded(response: ServerResponse, step: () => void | Promise<void>): void {
  try {
    step()?.catch(() => fail(response));
  } catch {
    fail(response);
  }
}

/** The answer to one question. A class for its prototype: there is one for each request. */
export abstract class HttpAnswer {
  readonly #response: ServerResponse;
  readonly #id: Id;
  readonly #accepts: Accepts;
  readonly #status: number;
  readonly #headers: HeaderList;
  #stream: EventStream | undefined;
  #isOver = false;
  #beats = 0;

  /** `status`: of the plain answer; a stream is 200 always, so what is known to be an error is answered plainly. */
  constructor(response: ServerResponse, id: Id, accepts: Accepts, status: number, headers: HeaderList) {
    this.#response = response;
    this.#id = id;
    this.#accepts = accepts;
    this.#status = status;
    this.#headers = headers;
    response.on("close", () => this.#end(undefined));
  }

  /** Called once: with the answer when it has been sent, with nothing when the client left or `end` was called before. */
  protected abstract over(answer: string | undefined): void;

  /** Called when the answer comes after all that, for nobody. */
  protected late(): void {}

  /** Another status for an error that is answered plainly. */
  protected statusOfError(_error: string): number {
    return 200;
  }

  #end(answer: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.over(answer);
  }

  #mayStream(): boolean {
    return this.#accepts.events && this.#status === 200;
  }

  #streaming(): EventStream {
    return (this.#stream ??= openEventStream(this.#response, this.#headers, () => undefined));
  }

  #statusFor(message: string, ending: Ending): number {
    return this.#status === 200 && ending === "error" ? this.statusOfError(message) : this.#status;
  }

  /** One message that belongs to the question; `ending`: it is the answer. After that nothing more is sent. */
  send(message: string, ending?: Ending): void {
    if (this.#isOver) return ending === undefined ? undefined : this.late();
    const mayStream = this.#mayStream();
    if (ending !== undefined && this.#stream === undefined && (this.#accepts.json || !mayStream))
      sendJson(this.#response, this.#statusFor(message, ending), message, this.#headers);
    else if (mayStream) {
      this.#streaming().send(message);
      if (ending !== undefined) this.#streaming().end();
    }
    if (ending !== undefined) this.#end(message);
  }

  crowded(): boolean {
    return this.#stream?.crowded() ?? false;
  }

  /** Called from time to time: a question that takes long becomes a stream, a stream is kept open. */
  beat(): void {
    if (this.#isOver) return;
    if (this.#stream !== undefined) return this.#stream.comment();
    this.#beats += 1;
    if (this.#beats > 1 && this.#mayStream()) this.#streaming().comment();
  }

  /** Ends it without an answer, for a question that was cancelled. */
  end(): void {
    if (this.#isOver) return;
    if (this.#mayStream()) this.#streaming().end();
    else this.#response.writeHead(204).end();
    this.#end(undefined);
  }

  /** Ends it from our side with an error: clients wait for an answer, not for a connection. */
  breakOff(): void {
    this.send(errorText(this.#id, BROKEN_OFF), "error");
  }
}
