/** Who a bearer token belongs to: a token of ours, or a JWT of the configured issuer. Who is refused is recorded. */

import { createHash } from "node:crypto";
import type { JwtConfig } from "../config/serve-config.ts";
import { bearerOf } from "../mcp/http-checks.ts";
import type { Connection, Login } from "../mcp/http-visitor.ts";
import type { Store } from "../store/store.ts";
import { jwtIssuer, type Issuer } from "./issuer.ts";
import type { RefusedLogin } from "./refused-logins.ts";
import type { Rulebooks } from "./rulebook.ts";
import { readToken, stateOf } from "./token.ts";

export interface LoginParts {
  readonly store: Store;
  readonly books: Rulebooks;
  /** Absolute path of the kidoban.yaml. */
  readonly configPath: string;
  readonly now: () => number;
  readonly refused: (login: RefusedLogin) => void;
}

/** Finds whose token a header carries, at once where it is known; undefined, whatever the reason, when nobody's. */
export type LogIn = (
  authorization: string | undefined,
  connection: Connection,
) => Login | undefined | Promise<Login | undefined>;

/** Either a login, or why there is none. `until`: when a token of ours expires, as its row has it. */
type Tried =
  | { readonly kind: "login"; readonly login: Login; readonly until?: number }
  | ({ readonly kind: "refused" } & Omit<RefusedLogin, "from">);

/** The header that was presented on a connection, and up to which commit and when the row of its token stands. */
interface Proven {
  readonly authorization: string;
  readonly login: Login;
  readonly commits: number;
  readonly until: number;
}

export function openLogins({ store, books, configPath, now, refused }: LoginParts): LogIn {
  const isAgent = (agent: string): boolean => books.agents().has(agent);

  const byToken = async (id: string, digest: string): Promise<Tried> => {
    const token = await store.token(id);
    const state = token === undefined ? "unknown" : stateOf(token, digest, configPath, now());
    // Whose it is tells only who holds its secret.
    if (token === undefined || state === "wrong") return { kind: "refused", reason: state };
    const { agent } = token;
    const reason = state !== "holds" ? state : isAgent(agent) ? undefined : "no such agent";
    if (reason !== undefined) return { kind: "refused", reason, token: id, agent };
    const holds = async () => (await byToken(id, digest)).kind === "login";
    return { kind: "login", login: { agent, key: id, holds }, until: token.expiresAt };
  };

  /** By connection, so that nobody's token is compared with another's, and none is kept for longer than its headers are. */
  const proven = new WeakMap<Connection, Proven>();
  /** A revocation is a commit, so where there was none the row is what it was. */
  const stillHolds = ({ login, commits, until }: Proven): boolean =>
    commits === store.commits() && until > now() && isAgent(login.agent);

  /** One for each way in that was ever configured; there are few. */
  const issuers = new Map<string, Issuer>();
  const issuerOf = (jwt: JwtConfig): Issuer => {
    const key = JSON.stringify(jwt);
    const issuer = issuers.get(key) ?? jwtIssuer(jwt, now);
    issuers.set(key, issuer);
    return issuer;
  };
  /** What is accepted and, while a change waits, what it would be: a JWT must pass both (P12). */
  const ways = (): readonly (JwtConfig | undefined)[] => books.configs().map(({ serve }) => serve?.jwt);
  const keyOf = (): string => JSON.stringify(ways());

  const byJwt = async (token: string): Promise<Tried> => {
    const under = keyOf();
    let agent: string | undefined;
    let until = Infinity;
    for (const jwt of ways()) {
      if (jwt === undefined) return { kind: "refused", reason: "no token of ours" };
      const verified = await issuerOf(jwt).verify(token);
      if (verified.kind === "refused") return verified;
      if (agent !== undefined && agent !== verified.agent) return { kind: "refused", reason: "no such agent" };
      agent = verified.agent;
      until = Math.min(until, verified.expiresAt);
    }
    if (agent === undefined || !isAgent(agent)) return { kind: "refused", reason: "no such agent" };
    const name = agent;
    const key = `jwt ${createHash("sha256").update(token).digest("base64url")}`;
    const holds = async () => until > now() && keyOf() === under && isAgent(name);
    return { kind: "login", login: { agent, key, holds } };
  };

  const tryToken = async (text: string): Promise<Tried> => {
    const own = readToken(text);
    if (own !== undefined) return byToken(own.id, own.digest);
    return text.split(".").length === 3 ? byJwt(text) : { kind: "refused", reason: "no token of ours" };
  };

  const prove = async (authorization: string | undefined, connection: Connection): Promise<Login | undefined> => {
    // Asked before the row is read: what is committed in between is looked at with the next request.
    const commits = store.commits();
    const text = bearerOf(authorization);
    const tried: Tried = text === undefined ? { kind: "refused", reason: "no token" } : await tryToken(text);
    if (tried.kind === "login") {
      const { login, until } = tried;
      if (until !== undefined && authorization !== undefined)
        proven.set(connection, { authorization, login, commits, until });
      return login;
    }
    const { kind: _, ...login } = tried;
    refused({ ...login, from: connection.remoteAddress ?? "?" });
    return undefined;
  };

  return (authorization, connection) => {
    const before = proven.get(connection);
    return before !== undefined && before.authorization === authorization && stillHolds(before)
      ? before.login
      : prove(authorization, connection);
  };
}
