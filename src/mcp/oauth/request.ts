/** One guarded request of the login: no redirect, no compression, little to read, not for long, and not to everywhere. */

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { AuthError } from "./failure.ts";
import { checkedUrl, guardedLookup, reachOf, type Reach } from "./reach.ts";

const MAX_BYTES = 1024 * 1024;
const REQUEST_MS = 20_000;

/** What `oauth4webapi` gives its fetch. */
export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams | undefined;
}

export interface Answered {
  readonly response: Response;
  /** Where the address lies that answered; over https its certificate was checked. */
  readonly from: Reach;
}

/** @throws AuthError `address` or `unreachable` */
export async function ask(target: string, reach: Reach, asked: Asked = {}): Promise<Answered> {
  const url = checkedUrl(target, reach);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const body = asked.body?.toString();
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(error instanceof AuthError ? error : new AuthError("unreachable", `${url.host} (${reasonOf(error)})`));
    const request = send(url, {
      method: asked.method ?? "GET",
      // A connection of its own: what it was checked for stays true for it alone.
      agent: false,
      lookup: guardedLookup(reach, url.protocol === "http:"),
      signal: AbortSignal.timeout(REQUEST_MS),
      headers: {
        ...asked.headers,
        "accept-encoding": "identity",
        ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      },
    });
    request.on("error", fail);
    request.on("response", (message) => {
      const from = reachOf(message.socket.remoteAddress ?? "127.0.0.1");
      read(message).then((text) => resolve({ response: responseOf(message, text), from }), fail);
    });
    request.end(body);
  });
}

/** The same, as `oauth4webapi` calls it. */
export const fetchWithin =
  (reach: Reach) =>
  async (url: string, options: Asked): Promise<Response> =>
    (await ask(url, reach, options)).response;

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.message.slice(0, 100);
};

function read(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_BYTES) message.destroy(new Error("an answer above 1 MiB"));
    });
    message.on("error", reject);
    message.on("end", () => resolve(Buffer.concat(chunks).toString()));
  });
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, text: string): Response {
  if (statusCode < 200 || statusCode > 599) throw new Error(`HTTP ${statusCode}`);
  const empty = statusCode === 204 || statusCode === 205 || statusCode === 304;
  return new Response(empty ? null : text, {
    status: statusCode,
    headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [value].flat().map((one) => [name, one]),
    ),
  });
}
