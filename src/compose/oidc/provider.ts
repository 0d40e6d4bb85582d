/**
 * Conversations with an OpenID provider: where to log in, what came of it, whether somebody is still there (OpenID Connect
 * Core, authorization code with PKCE). Keeps nothing. Errors hold no part of a token.
 */

import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  processUserInfoResponse,
  refreshTokenGrantRequest,
  userInfoRequest,
  validateApplicationLevelSignature,
  validateAuthResponse,
  type AuthorizationServer,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { OidcConfig } from "../../config/oidc-config.ts";
import { authOf, callOptions, clientFor, errorCode, type AuthClient } from "../../mcp/oauth/client.ts";
import { AuthError } from "../../mcp/oauth/failure.ts";
import { tokensOf, type Tokens } from "../../mcp/oauth/grant.ts";
import { checkedUrl, type Reach } from "../../mcp/oauth/reach.ts";
import { ask } from "../../mcp/oauth/request.ts";

export interface Provider {
  readonly server: AuthorizationServer;
  /** Where it lies: nothing nearer is ever called for it. */
  readonly reach: Reach;
  readonly client: AuthClient;
}

/** What is remembered of one login between leaving and coming back. */
export interface Leaving {
  readonly issuer: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirect: string;
}

/** `groups`: undefined where the provider did not say. */
export interface Person {
  readonly subject: string;
  readonly groups: readonly string[] | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

/** OpenID Connect Discovery section 4. @throws AuthError */
export async function findProvider(oidc: OidcConfig, secret: string | undefined, redirect: string): Promise<Provider> {
  const { issuer, clientId } = oidc;
  const place = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { response, from: reach } = await ask(place, "loopback", { headers: { accept: "application/json" } });
  const server = await processDiscoveryResponse(new URL(issuer), response).catch(() => {
    throw new AuthError("no-metadata", issuer.slice(0, 200));
  });
  const { token_endpoint: token, userinfo_endpoint: userinfo, jwks_uri: jwks } = server;
  for (const url of [token, userinfo, jwks]) if (url !== undefined) checkedUrl(url, reach);
  const client = await clientFor(
    server,
    secret === undefined ? { id: clientId } : { id: clientId, secret },
    redirect,
    reach,
  );
  return { server, reach, client };
}

/** The page of the provider that this person goes to. @throws AuthError */
export async function loginUrl(
  { server, client, reach }: Provider,
  { scopes }: OidcConfig,
  state: string,
  { nonce, verifier, redirect }: Leaving,
): Promise<string> {
  if (server.authorization_endpoint === undefined) throw new AuthError("no-metadata", server.issuer);
  const target = checkedUrl(server.authorization_endpoint, reach);
  const asked: Readonly<Record<string, string>> = {
    response_type: "code",
    client_id: client.id,
    redirect_uri: redirect,
    scope: [...new Set(["openid", "offline_access", ...scopes])].join(" "),
    // OpenID Connect Core section 11: without it the request for a refresh token is ignored.
    prompt: "consent",
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) target.searchParams.set(name, value);
  return target.href;
}

const groupsIn = (claims: Claims, { groupsClaim }: OidcConfig): readonly string[] | undefined => {
  const value = claims[groupsClaim];
  if (!Array.isArray(value)) return undefined;
  return value.filter((each): each is string => typeof each === "string").slice(0, 1000);
};

/** The answer in the address of the browser that came back. @throws AuthError for anything but a login of this question */
export async function arrive(
  provider: Provider,
  oidc: OidcConfig,
  answer: URLSearchParams,
  state: string,
  { nonce, verifier, redirect }: Leaving,
  now: number,
): Promise<{ readonly person: Person; readonly tokens: Tokens }> {
  const { server, client, reach } = provider;
  const known = { client_id: client.id };
  let checked: URLSearchParams;
  try {
    // With `iss` where the provider gives it (RFC 9207): the code goes nowhere before it is known whose it is.
    checked = validateAuthResponse(server, known, answer, state);
  } catch (error) {
    const code = errorCode(error);
    throw code === undefined ? new AuthError("answer") : new AuthError("denied", code);
  }
  const response = await authorizationCodeGrantRequest(
    server,
    known,
    authOf(client),
    checked,
    redirect,
    verifier,
    callOptions(reach),
  );
  const { status } = response;
  const granted = await processAuthorizationCodeResponse(server, known, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  }).catch((error: unknown) => {
    throw new AuthError("token", errorCode(error) ?? `HTTP ${status}`);
  });
  await validateApplicationLevelSignature(server, response, callOptions(reach)).catch(() => {
    throw new AuthError("token", "id_token");
  });
  const claims = claimsOf(granted);
  if (typeof claims?.["sub"] !== "string") throw new AuthError("token", "id_token");
  const { sub: subject } = claims;
  const tokens = tokensOf(granted, now);
  const groups = groupsIn(claims, oidc) ?? (await groupsAt(provider, oidc, subject, tokens.access));
  return { person: { subject, groups }, tokens };
}

const claimsOf = (granted: TokenEndpointResponse): Claims | undefined => getValidatedIdTokenClaims(granted);

async function groupsAt(provider: Provider, oidc: OidcConfig, subject: string, access: string) {
  const said = await userinfo(provider, subject, access);
  return said.kind === "there" ? groupsIn(said.claims, oidc) : undefined;
}

type Said = { readonly kind: "there"; readonly claims: Claims } | { readonly kind: "refused" | "gone" | "unknown" };

/** OpenID Connect Core section 5.3. */
async function userinfo({ server, client, reach }: Provider, subject: string, access: string): Promise<Said> {
  if (server.userinfo_endpoint === undefined) return { kind: "unknown" };
  const known = { client_id: client.id };
  try {
    const response = await userInfoRequest(server, known, access, callOptions(reach));
    if (response.status === 401 || response.status === 403) return { kind: "refused" };
    if (response.status !== 200) return { kind: "unknown" };
    // Under another name than they entered with: not them.
    const { sub } = (await response.clone().json()) as { readonly sub?: unknown };
    if (sub !== subject) return { kind: "gone" };
    return { kind: "there", claims: { ...(await processUserInfoResponse(server, known, subject, response)) } };
  } catch {
    return { kind: "unknown" };
  }
}

/** `tokens`: to go on with, always to be kept: the old ones may be used up. */
export type Looked = { readonly tokens: Tokens } & (
  | { readonly kind: "there"; readonly groups: readonly string[] | undefined }
  | { readonly kind: "gone" }
  /** The provider could not be asked, or gave no answer to this. */
  | { readonly kind: "unknown" }
);

/** Whether this person is still there, and in which groups. Never rejects for what the provider does. */
export async function look(
  provider: Provider,
  oidc: OidcConfig,
  subject: string,
  tokens: Tokens,
  now: number,
): Promise<Looked> {
  const isFresh = tokens.expiresAt === undefined || tokens.expiresAt > now;
  const said = isFresh ? await userinfo(provider, subject, tokens.access) : ({ kind: "refused" } as const);
  if (said.kind === "gone") return { kind: "gone", tokens };
  if (said.kind === "there") {
    const groups = groupsIn(said.claims, oidc);
    if (oidc.groups === undefined || groups !== undefined) return { kind: "there", groups, tokens };
  }
  if (tokens.refresh === undefined) {
    if (said.kind === "there") return { kind: "there", groups: undefined, tokens };
    return { kind: said.kind === "refused" && isFresh ? "gone" : "unknown", tokens };
  }
  if (said.kind === "unknown" && provider.server.userinfo_endpoint !== undefined) return { kind: "unknown", tokens };
  return renew(provider, oidc, subject, tokens, tokens.refresh, now);
}

async function renew(
  provider: Provider,
  oidc: OidcConfig,
  subject: string,
  tokens: Tokens,
  refresh: string,
  now: number,
): Promise<Looked> {
  const { server, client, reach } = provider;
  const known = { client_id: client.id };
  let granted: TokenEndpointResponse;
  try {
    const response = await refreshTokenGrantRequest(server, known, authOf(client), refresh, callOptions(reach));
    granted = await processRefreshTokenResponse(server, known, response);
  } catch (error) {
    // RFC 6749 section 5.2: ended, revoked, or of somebody who is no more.
    return { kind: errorCode(error) === "invalid_grant" ? "gone" : "unknown", tokens };
  }
  const next: Tokens = { refresh, ...tokensOf(granted, now) };
  const claims = claimsOf(granted);
  if (claims !== undefined && claims["sub"] !== subject) return { kind: "gone", tokens: next };
  const groups = claims === undefined ? undefined : groupsIn(claims, oidc);
  if (claims !== undefined && (oidc.groups === undefined || groups !== undefined))
    return { kind: "there", groups, tokens: next };
  const said = await userinfo(provider, subject, next.access);
  switch (said.kind) {
    case "there":
      return { kind: "there", groups: groupsIn(said.claims, oidc), tokens: next };
    case "refused":
    case "gone":
      return { kind: "gone", tokens: next };
    case "unknown":
      // It renewed their login: they are there, in groups that nobody told.
      return claims === undefined
        ? { kind: "unknown", tokens: next }
        : { kind: "there", groups: undefined, tokens: next };
  }
}
