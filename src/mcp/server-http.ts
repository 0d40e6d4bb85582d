/**
 * One server behind the gate over Streamable HTTP, in both eras: the same lane as over stdio, each message a request.
 * Nothing of the agent's own client ever becomes a header here, and no redirect is followed.
 */

import type { Server } from "../gateway/ports.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import { openEnvelope } from "./envelope.ts";
import { httpCaller, type Ended, type Exchange } from "./http-exchange.ts";
import type { Outgoing } from "./lane.ts";
import { headerValue, markedArguments, paramHeaders, type Marked } from "./param-headers.ts";
import { supervise, type Connection, type ConnectionEvents, type ServerHooks } from "./supervise.ts";

export interface HttpServerConfig {
  readonly id: string;
  readonly endpoint: string;
  readonly url: string;
  /** Sent with every request, e.g. Authorization. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long a handshake may take, ms. */
  readonly startTimeoutMs: number;
  /** Kidoban's own version. */
  readonly version: string;
}

/** A stream for notifications that lasted this long was meant to; one that ends sooner is not asked for again. */
const STEADY_STREAM_MS = 5000;
/** How long a goodbye may take. */
const GOODBYE_MS = 1000;

/** Greets at once; `ready` tells when it is up. The modern opening goes first: it needs no session. */
export function httpServer(config: HttpServerConfig, hooks: ServerHooks): Server {
  return supervise({ ...config, first: "modern", connect: (events) => connect(config, events) }, hooks);
}

function connect(config: HttpServerConfig, events: ConnectionEvents): Connection {
  const caller = httpCaller(new URL(config.url));
  const open = new Map<number, Exchange>();
  /** Marked arguments by tool, as last listed. */
  const marks = new Map<string, readonly Marked[]>();
  let session: string | undefined;
  let stream: Exchange | undefined;
  let closed = false;
  /** The last notification was taken or refused. */
  let arrived: Promise<void> = Promise.resolve();

  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    const left = [...open.values()];
    open.clear();
    for (const exchange of left) exchange.abort();
    stream?.abort();
    caller.close();
    // Never within `connect` or `send`: whoever called them is not done yet.
    setImmediate(events.ended, reason);
  };

  const headersFor = (about: Outgoing): Record<string, string> => {
    const era = events.era();
    const headers: Record<string, string> = {
      ...config.headers,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    };
    // Before the version is settled there is none to name.
    if (about.method !== "initialize") headers["mcp-protocol-version"] = era.protocol;
    if (session !== undefined) headers["mcp-session-id"] = session;
    if (era.name === "legacy") return headers;
    headers["mcp-method"] = about.method;
    if (about.name === undefined) return headers;
    headers["mcp-name"] = headerValue(about.name);
    const marked = marks.get(about.name) ?? [];
    if (marked.length === 0 || about.argsText === undefined) return headers;
    return { ...headers, ...paramHeaders(marked, JSON.parse(about.argsText) as JsonObject) };
  };

  /** What an HTTP error means for the question that it answers. */
  const refusedBy = (id: number, status: number, body: string): void => {
    const envelope = openEnvelope(body);
    if (envelope.kind === "answer" && envelope.id === id) return events.receive(body, id);
    // The server turned the request away, so it was not carried out; behind 408 and 5xx anything may have happened.
    if (status === 408 || status >= 500) return events.lost(id, `HTTP ${status}`, true);
    const error = { code: -32603, message: `The server answered HTTP ${status}` };
    events.receive(JSON.stringify({ jsonrpc: "2.0", id, error }), id);
  };

  const finish = (id: number | undefined, how: Ended): void => {
    // Closed by us: whoever did it knows what became of the question.
    if (id !== undefined && !open.delete(id)) return;
    switch (how.kind) {
      case "done":
        // Nothing happens if it was answered.
        return id === undefined ? undefined : events.lost(id, "the answer ended without a result", true);
      case "status":
        if (id !== undefined) refusedBy(id, how.status, how.body);
        // 2025-11-25, basic/transports, "Session Management": a new session is opened, nothing is sent again.
        if (how.status === 404 && session !== undefined) end("its session is gone");
        return;
      case "broken":
        if (id !== undefined) events.lost(id, how.reason, how.sent);
        if (!how.sent) end(how.reason);
        return;
    }
  };

  const post = (message: string, about: Outgoing): void => {
    const id = about.method.startsWith("notifications/") ? undefined : about.id;
    let taken: (() => void) | undefined;
    if (id === undefined) arrived = new Promise((resolve) => (taken = resolve));
    const exchange = caller.exchange({
      method: "POST",
      headers: headersFor(about),
      body: message,
      opened(headers) {
        const given = headers["mcp-session-id"];
        if (about.method === "initialize" && typeof given === "string") session = given;
      },
      message: (text) => events.receive(text, id ?? 0),
      ended(how) {
        taken?.();
        finish(id, how);
      },
    });
    if (id !== undefined) open.set(id, exchange);
  };

  /** The legacy stream for what the server says unasked. */
  const watch = (): void => {
    const since = performance.now();
    stream = caller.exchange({
      method: "GET",
      headers: { ...headersFor({ method: "" }), accept: "text/event-stream" },
      message: (text) => events.receive(text, 0),
      ended() {
        if (!closed && performance.now() - since > STEADY_STREAM_MS) watch();
      },
    });
  };

  return {
    send(message, about) {
      if (closed) return false;
      if (about.method === "notifications/cancelled" && about.id !== undefined) {
        // Modern: closing the stream is the cancellation. Legacy: it is not, so it is said.
        if (events.era().name === "legacy") post(message, about);
        const exchange = open.get(about.id);
        open.delete(about.id);
        exchange?.abort();
        return true;
      }
      post(message, about);
      return true;
    },
    arrived: () => arrived,
    greeted: (facts) => {
      if (facts.era.name === "legacy" && facts.listChanged.length > 0) watch();
    },
    faultOf(tool) {
      if (events.era().name === "legacy") return undefined;
      const marked = markedArguments(tool["inputSchema"] as Json);
      if (typeof marked === "string") return marked;
      marks.set(tool["name"] as string, marked);
      return undefined;
    },
    async close() {
      if (session !== undefined && !closed) {
        const headers = headersFor({ method: "" });
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, GOODBYE_MS);
          caller.exchange({ method: "DELETE", headers, ended: () => (clearTimeout(late), resolve()) });
        });
      }
      end("it was closed");
    },
  };
}
