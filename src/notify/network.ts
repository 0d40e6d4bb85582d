/** How connections are checked, handed in by compose, and what went wrong with one, as a code without anybody's words. */

import type { LookupFunction } from "node:net";
import type { Reach } from "./channel.ts";

export interface Network {
  /** From the first packet to the status line or the greeting, ms. */
  readonly answerMs: number;
  /** https, or http to this machine, no farther in than `reach`. Throws. */
  checkedUrl(written: string, reach: Reach): URL;
  /** Resolves and refuses what lies nearer than `reach`; `local`: and all that is not this machine. */
  lookup(reach: Reach, local: boolean): LookupFunction;
}

/** Node's and OpenSSL's codes for a certificate that does not prove what it should. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;

/** Of an error at connecting: one of words/notify.ts, or the system's own code. */
export function connectionProblem(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "address") return "private-address";
  if (CERTIFICATE.test(code)) return "certificate";
  if (code === "ETIMEDOUT") return "timeout";
  return /^E[A-Z0-9_]{1,40}$/.test(code) ? code : "unknown";
}
