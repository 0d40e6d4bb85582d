/** Logs a human in to a server on behalf of the gate, and out again. The tokens go into the state and nowhere else. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { resolveSecret } from "../config/secrets.ts";
import type { ServerConfig, Transport } from "../config/server-config.ts";
import { secretsIn } from "../config/template.ts";
import { authorize } from "../mcp/oauth/authorize.ts";
import { revoke } from "../mcp/oauth/grant.ts";
import type { Pages } from "../mcp/oauth/loopback.ts";
import { exclusively } from "../store/exclusive.ts";
import { loginPath, readLogin, removeLogin, saveLogin, type LoginKey, type SavedLogin } from "./saved-login.ts";

type Http = Extract<Transport, { readonly kind: "http" }>;

export interface LoginParts {
  readonly env: Env;
  readonly config: Config;
  readonly server: ServerConfig;
  readonly transport: Http;
  /** Whose login it is; left out: every agent's without one of its own. */
  readonly agent: string | undefined;
  /** Wanted beside what the server asks for. */
  readonly scopes: readonly string[];
  readonly pages: Pages;
  readonly now: () => number;
  show(issuer: string, url: string): void;
}

/** What may be told of a login. */
export interface LoginFacts {
  readonly issuer: string;
  readonly resource: string;
  readonly scope: string;
  readonly isRenewable: boolean;
}

/** For a human to find a browser, a password and a second factor. */
const LOGIN_MS = 10 * 60_000;
/** A gate that renews holds the lock that long at most. */
const LOCK_WAIT_MS = 60_000;

const keyOf = (config: Config, server: string, agent: string | undefined): LoginKey => ({
  config: config.file,
  server,
  ...(agent === undefined ? {} : { agent }),
});

async function clientSecret({ config, env, transport }: Pick<LoginParts, "config" | "env" | "transport">) {
  const [name] = secretsIn(transport.oauth?.clientSecret ?? "");
  const ref = name === undefined ? undefined : config.secrets.get(name);
  return ref === undefined ? undefined : resolveSecret(ref, config.folder, env);
}

/** Throws AuthError, ConfigError or StoreError. */
export async function logIn(parts: LoginParts): Promise<LoginFacts> {
  const { env, config, server, agent, transport, now } = parts;
  const { oauth = {} } = transport;
  const path = loginPath(env.stateDir, keyOf(config, server.id, agent));
  const secret = await clientSecret(parts);
  const before = await readLogin(path);
  // A new login replaces the old one: what that could do, this one shall too.
  const had = before?.url === transport.url ? (before.tokens.scope?.split(" ") ?? []) : [];
  const { grantor, client, tokens } = await authorize({
    server: new URL(transport.url),
    issuer: oauth.issuer,
    client: {
      ...(oauth.clientId === undefined ? {} : { id: oauth.clientId }),
      ...(secret === undefined ? {} : { secret }),
    },
    scopes: oauth.scopes,
    alsoScopes: oauth.scopes === undefined ? [...had, ...parts.scopes] : parts.scopes,
    pages: parts.pages,
    timeoutMs: LOGIN_MS,
    now,
    show: (issuer, url) => parts.show(issuer, url),
  });
  const { secret: given, ...known } = client;
  const kept = secret === undefined && given !== undefined ? client : known;
  const login: SavedLogin = { url: transport.url, grantor, client: kept, tokens };
  await exclusively(`${path}.lock`, LOCK_WAIT_MS, () => saveLogin(path, login));
  return {
    issuer: grantor.issuer,
    resource: grantor.resource,
    scope: tokens.scope ?? "",
    isRenewable: tokens.refresh !== undefined,
  };
}

export type LoggedOut =
  | { readonly kind: "none" }
  /** `revoked`: the authorization server took it back as well. */
  | { readonly kind: "gone"; readonly revoked: boolean };

/** Throws ConfigError or StoreError. */
export async function logOut(
  parts: Pick<LoginParts, "env" | "config" | "transport" | "server" | "agent">,
): Promise<LoggedOut> {
  const { env, config, server, agent } = parts;
  const path = loginPath(env.stateDir, keyOf(config, server.id, agent));
  const login = await exclusively(`${path}.lock`, LOCK_WAIT_MS, async () => {
    const found = await readLogin(path).catch(() => undefined);
    return (await removeLogin(path)) ? (found ?? "unreadable") : undefined;
  });
  if (login === undefined) return { kind: "none" };
  if (login === "unreadable") return { kind: "gone", revoked: false };
  const secret = (await clientSecret(parts).catch(() => undefined)) ?? login.client.secret;
  const client = { ...login.client, ...(secret === undefined ? {} : { secret }) };
  const { access, refresh } = login.tokens;
  // The refresh token's end is the end of all that came from it (RFC 7009 section 2.1), as far as that is supported.
  let revoked = true;
  for (const token of [refresh, access])
    if (token !== undefined && !(await revoke(login.grantor, client, token).catch(() => false))) revoked = false;
  return { kind: "gone", revoked };
}
