/**
 * One HTTP request to a server and what comes back: messages from a JSON body or an event stream. Knows no protocol.
 * node:http and not fetch: it tells whether anything was sent, follows no redirect, and takes a quarter of the time.
 */

import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { eventReader } from "./sse.ts";
import { MAX_LINE_BYTES } from "./wire.ts";

/** Where a stream may be taken up again: after the event of this id, not before that time has passed. */
export interface Place {
  readonly id: string;
  readonly afterMs: number;
}

export type Ended =
  /** A 2xx whose messages, if any, were all passed on. `place`: of a stream whose events have ids. */
  | { readonly kind: "done"; readonly place?: Place | undefined }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body: string;
      readonly headers: IncomingMessage["headers"];
    }
  /** `sent`: some of the request may have reached the server. */
  | { readonly kind: "broken"; readonly reason: string; readonly sent: boolean; readonly place?: Place | undefined };

interface ExchangeParts {
  readonly method: "POST" | "GET" | "DELETE";
  /** Another path of the same origin, with its query. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The head of a 2xx answer. */
  opened?(headers: IncomingMessage["headers"]): void;
  /** Left out: a body that is no event stream says nothing of interest. */
  message?(text: string): void;
  /** An event of the stream that is no message. */
  event?(type: string, data: string): void;
  /** Called once. */
  ended(how: Ended): void;
}

export interface Exchange {
  /** Closes the connection; `ended` is still called. */
  abort(): void;
}

export interface Caller {
  exchange(parts: ExchangeParts): Exchange;
  close(): void;
}

/** Where a server does not say when. */
const RETRY_MS = 1000;
const [MIN_RETRY_MS, MAX_RETRY_MS] = [100, 60_000];

/**
 * How long a connection that nobody uses is kept: less than servers keep it (5 s in Node and uvicorn), since a request on one
 * that is being closed there has an unknown outcome. Without it Node does not heed `Keep-Alive: timeout=` either.
 */
const IDLE_MS = 4000;

/** What of an error's body is worth reading. */
const MAX_ERROR_BYTES = 64 * 1024;

/** Connections to one URL, kept open between requests. */
export function httpCaller(url: URL): Caller {
  const secure = url.protocol === "https:";
  const kept = { keepAlive: true, timeout: IDLE_MS };
  const agent = secure ? new HttpsAgent(kept) : new HttpAgent(kept);
  const send = secure ? httpsRequest : httpRequest;

  return {
    exchange(parts) {
      let sent = false;
      let ended = false;
      const end = (how: Ended): void => {
        if (ended) return;
        ended = true;
        parts.ended(how);
      };
      const request: ClientRequest = send(url, {
        method: parts.method,
        ...(parts.path === undefined ? {} : { path: parts.path }),
        agent,
        headers: {
          ...parts.headers,
          ...(parts.body === undefined ? {} : { "content-length": String(Buffer.byteLength(parts.body)) }),
        },
      });
      request.on("socket", (socket) => {
        if (!socket.connecting) sent = true;
        else socket.once(secure ? "secureConnect" : "connect", () => (sent = true));
      });
      request.on("error", (error: NodeJS.ErrnoException) =>
        end({ kind: "broken", reason: error.code ?? error.message, sent }),
      );
      request.on("response", (response) => readResponse(response, parts, end));
      request.end(parts.body);
      return { abort: () => void request.destroy() };
    },
    close: () => agent.destroy(),
  };
}

function readResponse(response: IncomingMessage, parts: ExchangeParts, end: (how: Ended) => void): void {
  const { statusCode: status = 0, headers } = response;
  let place: Place | undefined;
  let afterMs = RETRY_MS;
  const broken = (reason: string): void => {
    end({ kind: "broken", reason, sent: true, place });
    response.destroy();
  };
  response.on("error", (error) => broken(error.message));
  response.on("aborted", () => broken("the connection broke"));
  if (status >= 300 && status < 400) return broken(`a redirect (HTTP ${status}), which is not followed`);
  if (headers["content-encoding"] !== undefined) return broken("a compressed answer, which was not asked for");

  const ok = status >= 200 && status < 300;
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (ok) parts.opened?.(headers);
  if (ok && type === "text/event-stream") {
    response.on(
      "data",
      eventReader({
        message: (data) => parts.message?.(data),
        event: (name, data) => parts.event?.(name, data),
        mark: (id) => (place = { id, afterMs }),
        retry(ms) {
          afterMs = Math.min(Math.max(ms, MIN_RETRY_MS), MAX_RETRY_MS);
          if (place !== undefined) place = { ...place, afterMs };
        },
        tooLong: () => broken("an event above 16 MiB"),
      }),
    );
    response.on("end", () => end({ kind: "done", place }));
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const cap = ok ? MAX_LINE_BYTES : MAX_ERROR_BYTES;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= cap) chunks.push(chunk);
    else if (ok) broken("an answer above 16 MiB");
  });
  response.on("end", () => {
    const body = Buffer.concat(chunks).toString();
    if (!ok) return end({ kind: "status", status, body, headers });
    if (body.trim() !== "" && parts.message !== undefined) {
      if (type !== "application/json") return broken(`an answer of type ${type ?? "none"}`);
      parts.message(body);
    }
    end({ kind: "done" });
  });
}
