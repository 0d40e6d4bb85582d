/**
 * One POST of JSON to where the configuration says: https (or plain to this machine), no redirect followed, nothing kept of
 * the answer but its status. Addresses are checked in the lookup that the connection itself uses.
 */

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Delivery, Reach } from "./channel.ts";
import { connectionProblem, type Network } from "./network.ts";
import { withTimeLimit } from "./time-limit.ts";

/** Read so that the receiver can finish, then cut off; what it says is nobody's business. */
const MOST_BYTES = 64 * 1024;

export interface Post {
  readonly url: string;
  readonly reach: Reach;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
}

/** Never rejects, and says nothing of the address: it may be a secret. */
export function post(network: Network, { url: written, reach, body, headers, signal }: Post): Promise<Delivery> {
  let url: URL;
  try {
    url = network.checkedUrl(written, reach);
  } catch {
    return Promise.resolve({ kind: "again", problem: "bad-address" });
  }
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const request = send(url, {
      method: "POST",
      // A connection of its own: what it was checked for stays true for it alone.
      agent: false,
      lookup: network.lookup(reach, url.protocol === "http:"),
      signal: withTimeLimit(signal, network.answerMs),
      headers: {
        ...headers,
        "content-type": "application/json; charset=utf-8",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "Kidoban",
        "accept-encoding": "identity",
      },
    });
    request.on("error", (error) => resolve({ kind: "again", problem: connectionProblem(error) }));
    request.on("response", (response) => {
      resolve(judged(response));
      discard(response);
    });
    request.end(body);
  });
}

function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) response.destroy();
  });
  // It was judged by its status; that the rest never came changes nothing.
  response.on("error", () => undefined);
}

/** 410 is the receiver's own word for "never again" (Standard Webhooks 1.0.0, "Deliverability and reliability"). */
function judged({ statusCode = 0, headers }: IncomingMessage): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { kind: "taken" };
  if (statusCode === 410) return { kind: "refused", problem: "HTTP 410" };
  if (statusCode >= 300 && statusCode < 400) return { kind: "again", problem: "redirect" };
  const afterMs = retryAfterMs(headers["retry-after"]);
  return { kind: "again", problem: `HTTP ${statusCode}`, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** Seconds only: a date would trust the receiver's clock (RFC 9110 section 10.2.3). */
const retryAfterMs = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
