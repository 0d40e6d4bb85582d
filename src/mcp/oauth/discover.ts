/**
 * From a server's URL to who gives tokens for it: the server's own metadata (RFC 9728), then the authorization server's
 * (RFC 8414, OpenID Connect Discovery), as 2026-07-28, basic/authorization/authorization-server-discovery has it.
 */

import { processDiscoveryResponse, type AuthorizationServer } from "oauth4webapi";
import { isObject, type Json, type JsonObject } from "../../policy/json.ts";
import { bearerChallenge, type Challenge } from "./challenge.ts";
import { AuthError } from "./failure.ts";
import { checkedUrl, type Reach } from "./reach.ts";
import { ask } from "./request.ts";

export interface Discovered {
  /** What the token will be for (RFC 8707). */
  readonly resource: string;
  readonly issuer: AuthorizationServer;
  /** What the server wants at least, in its own order; undefined where it does not say. */
  readonly scope: string | undefined;
  /** Where the server lies: nothing nearer is ever called for it. */
  readonly reach: Reach;
}

/** Asks in the way every server turns away without a token: a question of 2026-07-28, which opens no session. */
const QUESTION = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "server/discover", params: {} });

/** `wanted`: the only authorization server that may be used. @throws AuthError */
export async function discover(server: URL, wanted: string | undefined): Promise<Discovered> {
  const { response, from: reach } = await ask(server.href, "loopback", {
    method: "POST",
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json" },
    body: QUESTION,
  });
  const challenge = bearerChallenge(response.headers.get("www-authenticate"));
  const metadata = await resourceMetadata(server, challenge, reach);
  const resource = resourceOf(metadata, server);
  const named = texts(metadata["authorization_servers"]);
  const chosen = wanted ?? named[0];
  if (chosen === undefined) throw new AuthError("no-issuer");
  if (!named.includes(chosen)) throw new AuthError("other-issuer", named.join(", "));
  const supported = texts(metadata["scopes_supported"]);
  const issuer = await issuerMetadata(chosen, reach);
  return {
    resource,
    issuer,
    scope: challenge?.scope ?? (supported.length === 0 ? undefined : supported.join(" ")),
    reach,
  };
}

const texts = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one !== "") : [];

/** RFC 9728 section 3.1: where the challenge says, else beside the server's path, else at the root. */
async function resourceMetadata(server: URL, challenge: Challenge | undefined, reach: Reach): Promise<JsonObject> {
  const path = server.pathname === "/" ? "" : server.pathname;
  const wellKnown = (suffix: string): string => `${server.origin}/.well-known/oauth-protected-resource${suffix}`;
  const places =
    challenge?.resourceMetadata === undefined
      ? [...new Set([wellKnown(path), wellKnown("")])]
      : [challenge.resourceMetadata];
  for (const place of places) {
    const { response } = await ask(place, reach, { headers: { accept: "application/json" } });
    const body: unknown = response.status === 200 ? await response.json().catch(() => undefined) : undefined;
    if (isObject(body)) return body;
  }
  throw new AuthError("not-asked");
}

/**
 * The identifier that the server gives itself. It may stand for more than the one URL, but never for another server's: a
 * server could otherwise have us ask for a token that is good elsewhere (RFC 9728 section 7.3).
 */
function resourceOf(metadata: JsonObject, server: URL): string {
  const { resource } = metadata;
  if (typeof resource !== "string" || !URL.canParse(resource)) throw new AuthError("foreign-resource", "");
  const { origin, pathname, search, hash } = new URL(resource);
  const folder = pathname.endsWith("/") ? pathname : `${pathname}/`;
  const covers = server.pathname === pathname || server.pathname.startsWith(folder);
  if (origin !== server.origin || !covers || hash !== "" || (search !== "" && search !== server.search))
    throw new AuthError("foreign-resource", resource.slice(0, 200));
  return resource;
}

/** In the order of the spec; whatever answers must name the issuer that was asked for. */
async function issuerMetadata(issuer: string, reach: Reach): Promise<AuthorizationServer> {
  const { origin, pathname, search } = checkedUrl(issuer, reach);
  // RFC 8414 section 2: no query, no fragment.
  if (search !== "" || issuer.includes("#")) throw new AuthError("address", issuer.slice(0, 200));
  const path = pathname.replace(/\/$/, "");
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === "" ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ];
  for (const place of places) {
    const { response } = await ask(place, reach, { headers: { accept: "application/json" } });
    if (response.status !== 200) continue;
    const found = await processDiscoveryResponse(new URL(issuer), response).catch(() => {
      throw new AuthError("no-metadata", issuer.slice(0, 200));
    });
    if (!found.code_challenge_methods_supported?.includes("S256")) throw new AuthError("no-pkce", issuer.slice(0, 200));
    return found;
  }
  throw new AuthError("no-metadata", issuer.slice(0, 200));
}
