/**
 * One server behind the gate over Streamable HTTP, in both eras: the same lane as over stdio, each message a request.
 * Nothing of the agent's own client ever becomes a header here, and no redirect is followed.
 */

import type { Server } from "../gateway/ports.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import type { Credentials } from "./credentials.ts";
import { httpCaller, type Exchange } from "./http-exchange.ts";
import { poster } from "./http-post.ts";
import type { Outgoing } from "./params.ts";
import { headerValue, markedArguments, paramHeaders, type Marked } from "./param-headers.ts";
import { sseConnection } from "./server-sse.ts";
import { supervise, type Connection, type ConnectionEvents, type ServerHooks } from "./supervise.ts";

export interface HttpServerConfig {
  readonly id: string;
  readonly endpoint: string;
  readonly url: string;
  readonly credentials: Credentials;
  /** HTTP+SSE of 2024-11-05 and nothing else; left out, it is tried where the server takes no POST. */
  readonly sse?: true;
  /** How long a handshake may take, ms. */
  readonly startTimeoutMs: number;
  /** Kidoban's own version. */
  readonly version: string;
}

/** A stream for notifications that lasted this long was meant to; one that ends sooner is not asked for again. */
const STEADY_STREAM_MS = 5000;
/** How long a goodbye may take. */
const GOODBYE_MS = 1000;

/** Where a server that takes no POST may be of 2024-11-05 (2025-11-25, basic/transports, "Backwards Compatibility"). */
const TAKES_NO_POST: ReadonlySet<number> = new Set([400, 404, 405]);

/** Greets at once; `ready` tells when it is up. The modern opening goes first: it needs no session. */
export function httpServer(config: HttpServerConfig, hooks: ServerHooks): Server {
  const first = config.sse === true ? "legacy" : "modern";
  return supervise({ ...config, first, connect: (events) => connect(config, events) }, hooks);
}

function connect(config: HttpServerConfig, events: ConnectionEvents): Connection {
  const { credentials } = config;
  const url = new URL(config.url);
  const caller = httpCaller(url);
  /** Marked arguments by tool, as last listed. */
  const marks = new Map<string, readonly Marked[]>();
  let session: string | undefined;
  let stream: Exchange | undefined;
  /** Where HTTP+SSE is spoken, everything goes this way. */
  let older: Connection | undefined;
  let closed = false;

  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    post.close();
    void older?.close();
    stream?.abort();
    caller.close();
    // Never within `connect` or `send`: whoever called them is not done yet.
    setImmediate(events.ended, reason);
  };

  /** `not`: it is not spoken here after all. */
  const speakOlder = (not: (reason: string) => void): Connection => {
    let spoken = false;
    return sseConnection({
      url,
      caller,
      credentials,
      events,
      opened: () => (spoken = true),
      ended(reason) {
        if (spoken) return end(reason);
        older = undefined;
        not(reason);
      },
    });
  };

  const headersFor = (about: Outgoing): Record<string, string> => {
    const era = events.era();
    const headers: Record<string, string> = {
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
    const marked = about.method === "tools/call" ? (marks.get(about.name) ?? []) : [];
    if (marked.length === 0 || about.argsText === undefined) return headers;
    return { ...headers, ...paramHeaders(marked, JSON.parse(about.argsText) as JsonObject) };
  };

  const post = poster({
    caller,
    credentials,
    events,
    headersFor,
    answersHere: true,
    opened(about, headers) {
      const given = headers["mcp-session-id"];
      if (about.method === "initialize" && typeof given === "string") session = given;
    },
    refused(message, about, status, answer) {
      if (about.method === "initialize" && TAKES_NO_POST.has(status)) {
        older = speakOlder(answer);
        older.send(message, about);
        return;
      }
      answer();
      // 2025-11-25, basic/transports, "Session Management": a new session is opened, nothing is sent again.
      if (status === 404 && session !== undefined) end("its session is gone");
    },
    fail: end,
  });

  /** The legacy stream for what the server says unasked: changes, log messages, questions that it ties to no call's stream. */
  const watch = (again = false): void => {
    const since = performance.now();
    const used = credentials.headers();
    stream = caller.exchange({
      method: "GET",
      headers: { ...used, ...headersFor({ method: "" }), accept: "text/event-stream" },
      message: (text) => events.receive(text, 0),
      ended(how) {
        if (closed) return;
        if (how.kind === "status" && how.status === 401 && !again)
          void credentials.renew(used).then((renewed) => renewed && !closed && watch(true));
        else if (performance.now() - since > STEADY_STREAM_MS) watch();
      },
    });
  };

  if (config.sse === true) older = speakOlder(end);
  return {
    send(message, about) {
      if (closed) return false;
      if (older !== undefined) return older.send(message, about);
      if (about.method === "notifications/cancelled" && about.id !== undefined) {
        // Modern: closing the stream is the cancellation. Legacy: it is not, so it is said.
        if (events.era().name === "legacy") post.post(message, about);
        post.drop(about.id);
        return true;
      }
      post.post(message, about);
      return true;
    },
    arrived: () => older?.arrived?.() ?? post.arrived(),
    greeted: (facts) => {
      if (facts.era.name === "legacy" && older === undefined) watch();
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
        const headers = { ...credentials.headers(), ...headersFor({ method: "" }) };
        await new Promise<void>((resolve) => {
          const late = setTimeout(resolve, GOODBYE_MS);
          caller.exchange({ method: "DELETE", headers, ended: () => (clearTimeout(late), resolve()) });
        });
      }
      end("it was closed");
    },
  };
}
