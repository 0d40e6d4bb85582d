/**
 * The agents' door over HTTP: one endpoint for both eras on node:http. It says who may ask; what is asked goes through
 * the same door as on a pipe. Knows no tokens and no configuration files.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject } from "../policy/json.ts";
import type { Gate } from "../gateway/ports.ts";
import * as era from "./era.ts";
import { errorText } from "./errors.ts";
import { guarded, refuse, sendJson } from "./http-answer.ts";
import { readBody, type Body } from "./http-body.ts";
import { newVisitor, type Connection, type HttpLimits, type HttpTimes, type Login } from "./http-visitor.ts";
import type { Open, Visit, Visitor } from "./http-visitor.ts";
import { isJson, isKnownHost, isKnownOrigin } from "./http-checks.ts";
import { accepted, deleteLegacy, getLegacy, postLegacy, type LegacyParts } from "./http-legacy.ts";
import { postModern } from "./http-modern.ts";
import { openSessions } from "./http-sessions.ts";
import { fateOf } from "./methods.ts";
import { readMessage, type Message } from "./read-message.ts";

const ENDPOINT = "/mcp";
const METADATA = "/.well-known/oauth-protected-resource";

export interface HttpDoorParts {
  /** Kidoban's own version. */
  readonly version: string;
  /** A clock that never goes back, ms. */
  now(): number;
  /** Whose token this header carries, at once where it is known; undefined, whatever the reason, when it is nobody's. */
  logIn(authorization: string | undefined, connection: Connection): Login | undefined | Promise<Login | undefined>;
  /** The agent's gate, opened when it is asked for the first time. Rejects where it cannot be. */
  gate(agent: string): Promise<Gate>;
  /** What stands in Host and Origin beside this machine's own names. */
  hosts(): ReadonlySet<string>;
  origins(): ReadonlySet<string>;
  /** The public address of the endpoint, where one is configured. */
  url(): string | undefined;
  /** RFC 9728, for a client that can get a token of an issuer; undefined where people alone give tokens. */
  metadata(resource: string): object | undefined;
  /** Whether calls can be served: not while the log is sealed. */
  healthy(): boolean;
  readonly limits: HttpLimits;
  readonly times: HttpTimes;
}

export interface HttpDoor {
  /** Rejects where the address is taken. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Ends whatever was opened under a login that no longer holds. */
  recheck(): Promise<void>;
  /** Takes nothing new, waits for open questions, at most `waitMs`, then ends all. */
  close(waitMs: number): Promise<void>;
}

const MAX_CONNECTIONS = 4096;

/** What a stranger is told, whatever was wrong. */
const UNAUTHORIZED = '{"error":"invalid_token","error_description":"a valid bearer token is needed"}';

export function openHttpDoor(parts: HttpDoorParts): HttpDoor {
  const { version, now, times } = parts;
  const sessions = openSessions(version, now, times.idle);
  const http: LegacyParts = { version, now, times, sessions };
  const visitors = new Map<string, Promise<Visitor>>();
  const present = new Map<string, Visitor>();
  let closing = false;

  const visitorOf = (agent: string): Promise<Visitor> => {
    const known = visitors.get(agent);
    if (known !== undefined) return known;
    const opened = parts.gate(agent).then((gate) => {
      const visitor = newVisitor(gate, parts.limits);
      present.set(agent, visitor);
      return visitor;
    });
    visitors.set(agent, opened);
    // A gate that cannot be opened now may be later.
    opened.catch(() => visitors.delete(agent));
    return opened;
  };

  const post = (visit: Visit, body: Body): void => {
    const { visitor, request, response } = visit;
    if (body.kind === "too-long") return refuse(response, 413, "the body is too large");
    const message = readMessage(body.text, body.utf8);
    if (message.kind === "refused") {
      visitor.gate.refused("agent", message.method, message.error.message);
      return sendJson(response, 400, errorText(message.id, message.error));
    }
    const version = request.headers["mcp-protocol-version"];
    const said = typeof version === "string" ? version : undefined;
    const isModern = carriesMeta(message) || (said !== undefined && era.eraOf(said) === "modern");
    if (isModern && message.kind === "request") return postModern(http, visit, message);
    if (said !== undefined && era.eraOf(said) === undefined)
      return sendJson(response, 400, errorText(idOf(message), era.unsupportedVersion(said)));
    if (isModern && message.kind === "notification" && fateOf("notification", "agent", message.method) !== "refused")
      return accepted(response);
    return postLegacy(http, visit, message);
  };

  /** Where clients reach us: as configured, or as they said, which has been checked. */
  const resourceOf = ({ headers }: IncomingMessage): URL => new URL(parts.url() ?? `http://${headers.host}${ENDPOINT}`);

  /** With what leads a client to an issuer only where there is one: it would try to register with the gate itself. */
  const challenge = (request: IncomingMessage): string => {
    const { href, origin, pathname } = resourceOf(request);
    if (parts.metadata(href) === undefined) return 'Bearer realm="kidoban"';
    return `Bearer resource_metadata="${origin}${METADATA}${pathname}"`;
  };

  /** What somebody asks whose login and gate are there. Nothing is waited for: the body is read as it comes. */
  const admit = (visit: Visit): void => {
    const { request, response } = visit;
    if (request.method === "GET") return getLegacy(http, visit);
    if (request.method === "DELETE") return deleteLegacy(http, visit);
    if (!isJson(request.headers))
      return refuse(response, 415, "Content-Type must be application/json, in UTF-8 and not compressed");
    return readBody(request, (body) => guarded(response, () => post(visit, body)));
  };

  /** What somebody asks who has still to be found out, or whose gate has still to be opened. */
  const receive = async (
    found: ReturnType<typeof parts.logIn>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const login = await found;
    if (login === undefined) {
      response.setHeader("www-authenticate", challenge(request));
      return sendJson(response, 401, UNAUTHORIZED);
    }
    if (closing) return refuse(response, 503, "Kidoban is ending");
    const visitor = await visitorOf(login.agent).catch(() => undefined);
    if (visitor === undefined) return refuse(response, 503, "this agent's gate cannot be opened");
    return admit({ visitor, login, request, response });
  };

  /** What comes to the endpoint itself. */
  const endpoint = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    const { method, headers } = request;
    if (method !== "POST" && method !== "GET" && method !== "DELETE") {
      response.setHeader("allow", "POST, GET, DELETE");
      return refuse(response, 405, "this endpoint takes POST, GET and DELETE");
    }
    const login = parts.logIn(headers.authorization, request.socket);
    if (login === undefined || login instanceof Promise) return receive(login, request, response);
    const visitor = closing ? undefined : present.get(login.agent);
    return visitor === undefined ? receive(login, request, response) : admit({ visitor, login, request, response });
  };

  const route = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    const { headers, url = "/" } = request;
    const queryAt = url.indexOf("?");
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    // Asked by whoever watches over the process, under whatever name; they tell one bit.
    if (path === "/healthz") {
      const healthy = parts.healthy();
      return sendJson(response, healthy ? 200 : 503, `{"status":"${healthy ? "ok" : "sealed"}"}`);
    }
    if (path === "/readyz") {
      const ready = !closing && parts.healthy();
      return sendJson(response, ready ? 200 : 503, `{"status":"${ready ? "ready" : "not ready"}"}`);
    }
    if (!isKnownHost(headers.host, parts.hosts())) return refuse(response, 403, "unknown Host");
    if (!isKnownOrigin(headers.origin, parts.origins())) return refuse(response, 403, "unknown Origin");
    if (path !== ENDPOINT) {
      const resource = resourceOf(request);
      const places = [METADATA, `${METADATA}${ENDPOINT}`, `${METADATA}${resource.pathname}`];
      const metadata = places.includes(path) ? parts.metadata(resource.href) : undefined;
      if (metadata !== undefined) return sendJson(response, 200, JSON.stringify(metadata));
      return refuse(response, 404, "not found");
    }
    // A token in a query would stand in every log on the way (RFC 6750 section 5.3), and nothing else belongs there.
    if (queryAt >= 0) return refuse(response, 400, "this endpoint takes no query; a token goes into Authorization");
    return endpoint(request, response);
  };

  const server: Server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: times.headers,
      requestTimeout: times.body,
      connectionsCheckingInterval: times.headers / 5,
      keepAliveTimeout: 60_000,
    },
    (request, response) => guarded(response, () => route(request, response)),
  );
  server.maxConnections = MAX_CONNECTIONS;

  const allOpen = (): readonly Open[] => [...present.values()].flatMap(({ open }) => open.all());
  const recheck = async (): Promise<void> => {
    const open = allOpen();
    const logins = new Map<string, Login>();
    for (const { login } of [...open, ...sessions.all()]) logins.set(login.key, login);
    for (const login of logins.values()) {
      if (await login.holds()) continue;
      for (const each of open) if (each.login.key === login.key) each.breakOff();
      for (const session of sessions.all()) if (session.login.key === login.key) void session.end();
    }
  };
  const beat = setInterval(() => {
    for (const each of allOpen()) each.beat();
    sessions.sweep();
    // What ends by time alone is noticed here.
    void recheck().catch(() => undefined);
  }, times.beat).unref();

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    recheck,
    async close(waitMs) {
      closing = true;
      clearInterval(beat);
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all([...visitors.values()].map((each) => each.catch(() => undefined)));
      const all = [...present.values()];
      const deadline = parts.now() + waitMs;
      while (parts.now() < deadline && all.some(({ questions }) => questions > 0)) await pause(20);
      await Promise.all([
        ...sessions.all().map((session) => session.end()),
        ...all.map(({ handles }) => handles.end()),
      ]);
      for (const each of allOpen()) each.breakOff();
      // Time for the last bytes to leave.
      await Promise.race([closed, pause(200)]);
      server.closeAllConnections();
      await closed;
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const idOf = (message: Message) => (message.kind === "request" ? message.id : undefined);

function carriesMeta(message: Message): boolean {
  if (message.kind !== "request" && message.kind !== "notification") return false;
  const meta = message.params["_meta"];
  return isObject(meta) && Object.hasOwn(meta, era.VERSION_META);
}
