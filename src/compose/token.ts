/** What agents log in with over HTTP: made here, shown once, known again by the digest of its secret. Keeps nothing. */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { TokenRecord } from "../store/store.ts";

/** What secret scanners look for. */
const FORM = /^kdb_([0-9a-f]{12})_([\w-]{43})$/;

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export interface NewToken {
  readonly id: string;
  /** The token itself; nobody can make it again. */
  readonly text: string;
  readonly digest: string;
}

/** 256 bits, so that a plain digest is enough: there is nothing to guess. */
export function newToken(): NewToken {
  const id = randomBytes(6).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  return { id, text: `kdb_${id}_${secret}`, digest: digestOf(secret) };
}

/** Id and digest of a token as it was presented; undefined for what is none of ours. */
export function readToken(text: string): { readonly id: string; readonly digest: string } | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, digest: digestOf(secret) };
}

export type TokenState = "holds" | "wrong" | "revoked" | "expired" | "foreign";

/** Whether a known token is the one presented and still opens anything here. The secret first: only its holder learns more. */
export function stateOf(token: TokenRecord, digest: string, config: string, now: number): TokenState {
  const [known, given] = [token.digest, digest].map((hex) => Buffer.from(hex, "hex"));
  if (known === undefined || given === undefined || known.length !== given.length) return "wrong";
  if (!timingSafeEqual(known, given)) return "wrong";
  if (token.config !== config) return "foreign";
  if (token.revokedAt !== undefined) return "revoked";
  return token.expiresAt > now ? "holds" : "expired";
}
