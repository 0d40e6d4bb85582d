/**
 * One life of a server over HTTP+SSE of 2024-11-05: everything it says comes on one stream, whose first event tells where
 * to post (2024-11-05, basic/transports, "HTTP with SSE"). That place must be of the same origin as the stream.
 */

import type { Credentials } from "./credentials.ts";
import type { Caller, Exchange } from "./http-exchange.ts";
import { poster, type Poster } from "./http-post.ts";
import type { Outgoing } from "./params.ts";
import type { Connection, ConnectionEvents } from "./supervise.ts";

export interface SseParts {
  readonly url: URL;
  readonly caller: Caller;
  readonly credentials: Credentials;
  readonly events: ConnectionEvents;
  /** The stream is there and told where to post. */
  opened(): void;
  /** There is no such stream here, or it is over. Called once, not when it is closed by us. */
  ended(reason: string): void;
}

/** More than a handshake needs; what comes before the place to post is known waits. */
const MAX_WAITING = 100;
/** How long the first event may take. */
const ENDPOINT_MS = 10_000;

export function sseConnection({ url, caller, credentials, events, opened, ended }: SseParts): Connection {
  let post: Poster | undefined;
  let waiting: (readonly [string, Outgoing])[] = [];
  let closed = false;
  let stream: Exchange | undefined;

  const late = setTimeout(() => end("it did not tell where to post"), ENDPOINT_MS).unref();

  const close = (): void => {
    closed = true;
    clearTimeout(late);
    post?.close();
    stream?.abort();
  };
  const end = (reason: string): void => {
    if (closed) return;
    close();
    ended(reason);
  };

  const settleEndpoint = (written: string): void => {
    const target = URL.canParse(written, url.href) ? new URL(written, url) : undefined;
    // Anything else would be given what we send, credentials included.
    if (target?.origin !== url.origin || target.username !== "" || target.password !== "")
      return end("it wants messages sent to another origin");
    post = poster({
      caller,
      credentials,
      events,
      path: `${target.pathname}${target.search}`,
      headersFor: () => ({ accept: "application/json, text/event-stream", "content-type": "application/json" }),
      answersHere: false,
      refused: (_message, _about, _status, answer) => answer(),
      fail: end,
    });
    clearTimeout(late);
    opened();
    for (const [message, about] of waiting) post.post(message, about);
    waiting = [];
  };

  const open = (again: boolean): void => {
    const used = credentials.headers();
    stream = caller.exchange({
      method: "GET",
      headers: { ...used, accept: "text/event-stream" },
      message: (text) => events.receive(text),
      event(type, data) {
        if (type !== "endpoint") return;
        if (post === undefined) settleEndpoint(data);
        else events.refused(undefined, "a second place to post to");
      },
      ended(how) {
        if (closed) return;
        if (how.kind === "status" && how.status === 401 && !again)
          return void credentials
            .renew(used)
            .then((renewed) =>
              renewed ? open(true) : end(`it does not take the gate's credentials. ${credentials.hint}`),
            );
        if (how.kind === "status") return end(`HTTP ${how.status}`);
        end(how.kind === "broken" ? how.reason : "its stream ended");
      },
    });
  };
  open(false);

  return {
    send(message, about) {
      if (closed) return false;
      if (post === undefined) return waiting.length < MAX_WAITING && waiting.push([message, about]) > 0;
      // Legacy: closing a request is no cancellation, so it is said.
      if (about.method === "notifications/cancelled" && about.id !== undefined) post.drop(about.id);
      post.post(message, about);
      return true;
    },
    arrived: () => post?.arrived() ?? Promise.resolve(),
    close() {
      close();
      return Promise.resolve();
    },
  };
}
