/**
 * Asks a time-stamping authority over HTTP, as RFC 3161 section 3.4 says. Whoever answers is believed for nothing but a
 * signature: no redirect is followed, no more is read than a stamp has, and nobody is waited for long.
 */

import { randomBytes } from "node:crypto";
import { openStamp, MAX_STAMP_BYTES, stampNonce, stampRequest, type Stamp, type StampRefusal } from "../audit/stamp.ts";
import type { Certificate } from "../audit/certificate.ts";
import { withTimeLimit } from "../notify/time-limit.ts";

/** `status`: another than 200, redirects included. `too-long`: more than a stamp has. */
export type AskProblem = "unreachable" | "timeout" | "status" | "too-long" | StampRefusal;

export type Asked =
  | { readonly kind: "stamped"; readonly stamp: Stamp; readonly answer: Buffer }
  | { readonly kind: "failed"; readonly problem: AskProblem };

const failed = (problem: AskProblem): Asked => ({ kind: "failed", problem });

const TIMEOUT_MS = 15_000;

export interface Asking {
  readonly url: string;
  readonly trusted: readonly Certificate[];
  readonly signal: AbortSignal;
  /** For everything; left out: what an authority may need. */
  readonly timeoutMs?: number;
}

/** A stamp of these bytes that is checked already, or why there is none. */
export async function askAuthority(bytes: Uint8Array, asking: Asking): Promise<Asked> {
  const nonce = stampNonce(randomBytes(16));
  const signal = withTimeLimit(asking.signal, asking.timeoutMs ?? TIMEOUT_MS);
  let answer: Buffer | "status" | "too-long";
  try {
    answer = await post(asking.url, stampRequest(bytes, nonce), signal);
  } catch {
    // Whatever the network says: that nobody is there is all that can be done anything about.
    return failed(signal.aborted && !asking.signal.aborted ? "timeout" : "unreachable");
  }
  if (typeof answer === "string") return failed(answer);
  const stamp = openStamp(answer, bytes, { trusted: asking.trusted, nonce });
  return "refused" in stamp ? failed(stamp.refused) : { kind: "stamped", stamp, answer };
}

async function post(url: string, request: Buffer, signal: AbortSignal): Promise<Buffer | "status" | "too-long"> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: new Uint8Array(request),
    redirect: "manual",
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    return "status";
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    // Leaving the loop ends the connection.
    if (length > MAX_STAMP_BYTES) return "too-long";
    parts.push(part);
  }
  return Buffer.concat(parts);
}
