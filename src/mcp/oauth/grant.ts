/** What a token endpoint gave, checked; and the renewal of it. Errors hold no part of a token. */

import {
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  revocationRequest,
  type AuthorizationServer,
  type TokenEndpointResponse,
} from "oauth4webapi";
import { authOf, callOptions, errorCode, type AuthClient } from "./client.ts";
import { AuthError } from "./failure.ts";
import { checkedUrl, type Reach } from "./reach.ts";

export interface Tokens {
  readonly access: string;
  readonly refresh?: string;
  /** ms. */
  readonly obtainedAt: number;
  /** ms; undefined where it was not said. */
  readonly expiresAt?: number;
  readonly scope?: string;
}

/** What is needed to renew or to revoke, fixed at the login: an authorization server that changes is logged in to again. */
export interface Grantor {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint?: string;
  readonly resource: string;
  readonly reach: Reach;
}

/** RFC 6750 section 2.1, b64token: anything else could not stand in a header, or would add one. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** A shorter one could not be searched for in what passes (P9). */
const SHORTEST = 8;
const LONGEST = 64 * 1024;

const asServer = ({ issuer, tokenEndpoint, revocationEndpoint }: Grantor): AuthorizationServer => ({
  issuer,
  token_endpoint: tokenEndpoint,
  ...(revocationEndpoint === undefined ? {} : { revocation_endpoint: revocationEndpoint }),
});

/** @throws AuthError `token` for what we could not use or could not keep secret. */
export function tokensOf(answer: TokenEndpointResponse, now: number): Tokens {
  const { access_token: access, refresh_token: refresh, expires_in: seconds, scope, token_type: type } = answer;
  if (type !== "bearer") throw new AuthError("token", "token_type");
  if (!TOKEN.test(access) || access.length < SHORTEST || access.length > LONGEST)
    throw new AuthError("token", "access_token");
  if (refresh !== undefined && (refresh.length < SHORTEST || refresh.length > LONGEST))
    throw new AuthError("token", "refresh_token");
  return {
    access,
    obtainedAt: now,
    ...(refresh === undefined ? {} : { refresh }),
    ...(seconds === undefined ? {} : { expiresAt: now + seconds * 1000 }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/**
 * New tokens for a refresh token, which may be good once only (OAuth 2.1 section 4.3.1): whoever calls this must be the only
 * one to. Without a new one in the answer the old one stays good.
 * @throws AuthError `ended` when it is used up or revoked; anything else may pass.
 */
export async function refreshTokens(
  grantor: Grantor,
  client: AuthClient,
  refresh: string,
  now: () => number,
): Promise<Tokens> {
  checkedUrl(grantor.tokenEndpoint, grantor.reach);
  const server = asServer(grantor);
  const known = { client_id: client.id };
  const response = await refreshTokenGrantRequest(server, known, authOf(client), refresh, {
    ...callOptions(grantor.reach),
    additionalParameters: { resource: grantor.resource },
  });
  const { status } = response;
  const answer = await processRefreshTokenResponse(server, known, response).catch((error: unknown) => {
    const code = errorCode(error);
    // RFC 6749 section 5.2. A client that is not known any more cannot be helped either.
    if (code === "invalid_grant" || code === "invalid_client" || code === "unauthorized_client")
      throw new AuthError("ended", code);
    throw new AuthError("token", code ?? `HTTP ${status}`);
  });
  return { refresh, ...tokensOf(answer, now()) };
}

/** RFC 7009. Whether it was done; an authorization server may offer none. */
export async function revoke(grantor: Grantor, client: AuthClient, token: string): Promise<boolean> {
  if (grantor.revocationEndpoint === undefined) return false;
  checkedUrl(grantor.revocationEndpoint, grantor.reach);
  const response = await revocationRequest(
    asServer(grantor),
    { client_id: client.id },
    authOf(client),
    token,
    callOptions(grantor.reach),
  );
  return response.status === 200;
}
