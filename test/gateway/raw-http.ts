/** HTTP as an attacker or a client's own library would speak it: one request, whatever its headers. */

import { request as httpRequest, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";

export interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** Breaks the connection. */
  readonly signal?: AbortSignal;
  /** Keeps connections open; left out: each request has one of its own. */
  readonly agent?: Agent;
}

/** The whole answer. */
export function raw(
  url: string,
  { method = "POST", path, headers = {}, body, signal, agent }: RawRequest = {},
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method,
        headers,
        agent: agent ?? false,
        ...(path === undefined ? {} : { path }),
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        let text = "";
        response.on("data", (bytes: Buffer) => (text += bytes.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

export interface Stream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Resolves with all that has come once it holds `text`. */
  until(text: string): Promise<string>;
  /** Resolves when the gate has ended it. */
  readonly ended: Promise<void>;
  /** The client leaves. */
  leave(): void;
}

/** An answer that goes on. */
export function stream(url: string, { method = "POST", headers = {}, body }: RawRequest): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = "";
      const waiting = new Set<() => void>();
      response.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        for (const look of waiting) look();
      });
      const ended = new Promise<void>((done) => response.on("close", done));
      response.on("error", () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        until: (wanted) =>
          new Promise((done) => {
            const look = (): void => {
              if (!text.includes(wanted)) return;
              waiting.delete(look);
              done(text);
            };
            waiting.add(look);
            look();
          }),
        ended,
        leave: () => void request.destroy(),
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

const base = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
});

/** A request of a 2026-07-28 client, headers and body of one mind unless `headers` say otherwise. */
export function modern(
  token: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string | undefined> = {},
  capabilities: object = {},
): RawRequest {
  const name = params["name"] ?? params["uri"];
  const all: Record<string, string | undefined> = {
    ...base(token),
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
    ...headers,
  };
  return {
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method,
      params: { ...params, _meta: { [VERSION]: "2026-07-28", [CAPABILITIES]: capabilities } },
    }),
  };
}

/** A message of a 2025 client, within a session unless it opens one. */
export const legacy = (token: string, message: object, session?: string): RawRequest => ({
  headers: { ...base(token), ...(session === undefined ? {} : { "mcp-session-id": session }) },
  body: JSON.stringify({ jsonrpc: "2.0", ...message }),
});

/** Opens a session; gives its id. */
export async function session(url: string, token: string, capabilities: object = {}): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "raw", version: "1" } };
  const opened = await raw(url, legacy(token, { id: 0, method: "initialize", params }));
  const id = opened.headers["mcp-session-id"];
  if (typeof id !== "string") throw new Error(`no session: ${opened.status} ${opened.body}`);
  await raw(url, legacy(token, { method: "notifications/initialized" }, id));
  return id;
}
