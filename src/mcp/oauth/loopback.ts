/**
 * Where the browser brings the answer: one path on this machine alone, at a port of the moment, for one answer (RFC 8252
 * section 7.3). It sends nobody anywhere, and shows nothing of what it was sent.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { timingSafeEqual } from "node:crypto";
import { AuthError } from "./failure.ts";

const PATH = "/callback";
/** What a browser can make of an answer. */
const MAX_URL = 16 * 1024;

export interface Loopback {
  /** Exactly what the authorization server has to send the browser to. */
  readonly redirect: string;
  /** The parameters of the first answer that carries `state`. Rejects with AuthError `late`. */
  answer(state: string, timeoutMs: number): Promise<URLSearchParams>;
  close(): void;
}

/** Two sentences for the browser, already in the human's language. */
export interface Pages {
  readonly received: string;
  readonly foreign: string;
}

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function show(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    // The address bar holds a code: it goes into no cache and to no other site.
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(`<!doctype html><meta charset="utf-8"><title>Kidoban</title><p>${escaped(text)}</p>\n`);
}

export async function openLoopback(pages: Pages): Promise<Loopback> {
  let waiting: { readonly state: string; readonly take: (answer: URLSearchParams) => void } | undefined;
  let host = "";

  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url = "" } = request;
    // A page elsewhere whose name leads here (DNS rebinding) has another host.
    if (method !== "GET" || request.headers.host !== host || url.length > MAX_URL || !url.startsWith("/"))
      return show(response, 400, pages.foreign);
    const { pathname, searchParams } = new URL(`http://${host}${url}`);
    if (pathname !== PATH || !url.startsWith(`${PATH}?`)) return show(response, 404, pages.foreign);
    const states = searchParams.getAll("state");
    // A foreign answer ends nothing: it is as if it had not come.
    if (waiting === undefined || states.length !== 1 || !sameText(states[0] ?? "", waiting.state))
      return show(response, 400, pages.foreign);
    const { take } = waiting;
    waiting = undefined;
    show(response, 200, pages.received);
    take(searchParams);
  };
  const server = createServer({ maxHeaderSize: 2 * MAX_URL, requestTimeout: 10_000 }, receive);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  host = `127.0.0.1:${port}`;
  const close = (): void => {
    server.close();
    server.closeIdleConnections();
  };

  return {
    redirect: `http://${host}${PATH}`,
    answer: (state, timeoutMs) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new AuthError("late")), timeoutMs).unref();
        waiting = {
          state,
          take(answer) {
            clearTimeout(late);
            resolve(answer);
          },
        };
      }),
    close,
  };
}
