/**
 * JWTs of a configured issuer as logins: what they must be (RFC 9068, RFC 8725) and which agent they name. `jose` and the
 * keys are loaded when the first one comes.
 */

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { JwtConfig } from "../config/serve-config.ts";

type Verified =
  | { readonly kind: "verified"; readonly agent: string; readonly expiresAt: number }
  /** `reason`: for the log; nothing of the token stands in it. */
  | { readonly kind: "refused"; readonly reason: string };

export interface Issuer {
  /** Throws for what cannot be known now, such as keys that cannot be fetched. */
  verify(token: string): Promise<Verified>;
}

/** Clocks differ. */
const TOLERANCE_SECONDS = 5;
const FETCH_MS = 5000;
/** Not asked for again sooner for the sake of a key that nobody knows. */
const COOLDOWN_MS = 30_000;
/** Verifying costs more than everything else about a request, so what was verified is remembered until it ends. */
const MAX_REMEMBERED = 1000;

/** The issuer's keys from a file, read again when it has changed. */
function keysInFile(path: string): () => Promise<JWTVerifyGetKey> {
  let seen: number | undefined;
  let keys: JWTVerifyGetKey | undefined;
  return async () => {
    const { mtimeMs } = await stat(path);
    if (keys !== undefined && mtimeMs === seen) return keys;
    const { createLocalJWKSet } = await import("jose");
    keys = createLocalJWKSet(JSON.parse(await readFile(path, "utf8")) as JSONWebKeySet);
    seen = mtimeMs;
    return keys;
  };
}

function keysAt(url: string): () => Promise<JWTVerifyGetKey> {
  let keys: JWTVerifyGetKey | undefined;
  return async () => {
    const { createRemoteJWKSet } = await import("jose");
    return (keys ??= createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_MS, cooldownDuration: COOLDOWN_MS }));
  };
}

export function jwtIssuer(config: JwtConfig, now: () => number): Issuer {
  const keys = config.jwks.kind === "url" ? keysAt(config.jwks.url) : keysInFile(config.jwks.path);
  const remembered = new Map<string, Extract<Verified, { readonly kind: "verified" }>>();

  const fresh = async (token: string): Promise<Verified> => {
    const { errors, jwtVerify } = await import("jose");
    try {
      const { payload } = await jwtVerify(token, await keys(), {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: [...config.algorithms],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(now()),
        requiredClaims: ["exp"],
      });
      const agent = payload[config.agentClaim];
      if (typeof agent !== "string" || payload.exp === undefined)
        return { kind: "refused", reason: `a JWT whose ${config.agentClaim} names no agent` };
      return { kind: "verified", agent, expiresAt: payload.exp * 1000 };
    } catch (error) {
      // Its own messages may quote claims; its codes do not.
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout))
        return { kind: "refused", reason: `a JWT that does not hold (${error.code})` };
      throw error;
    }
  };

  return {
    async verify(token) {
      const key = createHash("sha256").update(token).digest("base64url");
      const known = remembered.get(key);
      if (known !== undefined && known.expiresAt > now()) return known;
      const verified = await fresh(token);
      remembered.delete(key);
      if (verified.kind === "verified") {
        const oldest = remembered.size >= MAX_REMEMBERED ? remembered.keys().next().value : undefined;
        if (oldest !== undefined) remembered.delete(oldest);
        remembered.set(key, verified);
      }
      return verified;
    },
  };
}
