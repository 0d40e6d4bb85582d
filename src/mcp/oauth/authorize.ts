/** One login, from a server's URL to tokens for it: authorization code with PKCE (OAuth 2.1 section 4.1). */

import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import { authOf, callOptions, clientFor, errorCode, type AuthClient, type KnownClient } from "./client.ts";
import { discover, type Discovered } from "./discover.ts";
import { AuthError } from "./failure.ts";
import { tokensOf, type Grantor, type Tokens } from "./grant.ts";
import { openLoopback, type Pages } from "./loopback.ts";
import { checkedUrl } from "./reach.ts";

export interface AuthorizeParts {
  readonly server: URL;
  /** The only authorization server that may be used. */
  readonly issuer: string | undefined;
  readonly client: KnownClient;
  /** Asked for instead of what the server asks for. */
  readonly scopes: readonly string[] | undefined;
  /** Asked for as well, e.g. what the login before had. */
  readonly alsoScopes: readonly string[];
  readonly pages: Pages;
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Shows the human where to log in, and opens a browser there if it can. */
  show(issuer: string, url: string): void;
}

export interface Authorized {
  readonly grantor: Grantor;
  readonly client: AuthClient;
  readonly tokens: Tokens;
}

/** @throws AuthError */
export async function authorize(parts: AuthorizeParts): Promise<Authorized> {
  const found = await discover(parts.server, parts.issuer);
  const { issuer, reach, resource } = found;
  const [authorization, tokenEndpoint] = [issuer.authorization_endpoint, issuer.token_endpoint];
  if (authorization === undefined || tokenEndpoint === undefined) throw new AuthError("no-metadata", issuer.issuer);
  checkedUrl(tokenEndpoint, reach);
  const target = checkedUrl(authorization, reach);
  const loopback = await openLoopback(parts.pages);
  try {
    const client = await clientFor(issuer, parts.client, loopback.redirect, reach);
    const [verifier, state] = [generateRandomCodeVerifier(), generateRandomState()];
    const scope = scopeFor(found, parts);
    const asked: Readonly<Record<string, string>> = {
      response_type: "code",
      client_id: client.id,
      redirect_uri: loopback.redirect,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      resource,
      ...(scope === "" ? {} : { scope }),
      // OpenID Connect Core section 11: without it the request for a refresh token is ignored.
      ...(scope.split(" ").includes("offline_access") ? { prompt: "consent" } : {}),
    };
    for (const [name, value] of Object.entries(asked)) target.searchParams.set(name, value);
    const answer = loopback.answer(state, parts.timeoutMs);
    parts.show(issuer.issuer, target.href);
    const tokens = await redeem(
      issuer,
      client,
      await answer,
      { state, verifier, redirect: loopback.redirect, found },
      parts.now,
    );
    return { grantor: grantorOf(found, tokenEndpoint), client, tokens: { scope, ...tokens } };
  } finally {
    loopback.close();
  }
}

/** 2026-07-28, basic/authorization, "Scope Selection Strategy" and "Refresh Tokens". */
function scopeFor({ scope, issuer }: Discovered, { scopes, alsoScopes }: AuthorizeParts): string {
  const wanted = scopes ?? scope?.split(" ") ?? [];
  const offline = issuer.scopes_supported?.includes("offline_access") === true ? ["offline_access"] : [];
  return [...new Set([...wanted, ...alsoScopes, ...offline])].filter((one) => one !== "").join(" ");
}

function grantorOf({ issuer, resource, reach }: Discovered, tokenEndpoint: string): Grantor {
  const { revocation_endpoint: revocationEndpoint } = issuer;
  return {
    issuer: issuer.issuer,
    tokenEndpoint,
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    resource,
    reach,
  };
}

interface Sent {
  readonly state: string;
  readonly verifier: string;
  readonly redirect: string;
  readonly found: Discovered;
}

/** The code goes nowhere before the answer is known to come from the issuer that was asked (RFC 9207 section 2.4). */
async function redeem(
  issuer: AuthorizationServer,
  client: AuthClient,
  answer: URLSearchParams,
  { state, verifier, redirect, found }: Sent,
  now: () => number,
): Promise<Tokens> {
  const known = { client_id: client.id };
  let checked: URLSearchParams;
  try {
    checked = validateAuthResponse(issuer, known, answer, state);
  } catch (error) {
    const code = errorCode(error);
    throw code === undefined ? new AuthError("answer") : new AuthError("denied", code);
  }
  const codes = checked.getAll("code");
  if (codes.length !== 1 || codes[0] === "") throw new AuthError("answer");
  const response = await authorizationCodeGrantRequest(issuer, known, authOf(client), checked, redirect, verifier, {
    ...callOptions(found.reach),
    additionalParameters: { resource: found.resource },
  });
  const { status } = response;
  const granted = await processAuthorizationCodeResponse(issuer, known, response).catch((error: unknown) => {
    throw new AuthError("token", errorCode(error) ?? `HTTP ${status}`);
  });
  return tokensOf(granted, now());
}
