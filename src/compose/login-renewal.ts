/**
 * A login while a gate runs: its access token for the next request, renewed before it runs out. Several gates share one file
 * and one refresh token, which may be good once only, so one process at a time renews, and the others take what it got.
 */

import { ConfigError } from "../config/error.ts";
import { AuthError } from "../mcp/oauth/failure.ts";
import { exclusively } from "../store/exclusive.ts";
import { StoreError } from "../store/store.ts";
import { loginPath, loginStamp, readLogin, saveLogin, type LoginKey, type SavedLogin } from "./saved-login.ts";

export interface LoginRenewal {
  /** Known to the guard; undefined where nobody has logged in for this URL. */
  bearer(): string | undefined;
  /** The server turned `used` away: whether there is another token now. Never rejects. */
  renew(used: string | undefined): Promise<boolean>;
  close(): void;
}

export interface RenewalParts {
  readonly stateDir: string;
  /** The first that somebody has logged in for counts. */
  readonly keys: readonly LoginKey[];
  /** The server's URL as configured. */
  readonly url: string;
  /** The configured client's, where there is one. */
  readonly clientSecret: () => string | undefined;
  readonly learn: (value: string) => void;
  readonly now: () => number;
}

/** How soon a login, a logout or what another process renewed is noticed. */
const LOOK_MS = 5000;
const LEAST_MS = 200;
const MARGIN_MS = 60_000;
/** After an attempt that failed, or a new token that was turned away at once. */
const REST_MS = 15_000;
const LOCK_WAIT_MS = 60_000;

interface Held {
  readonly path: string;
  readonly stamp: string;
  readonly login: SavedLogin;
}

/** A minute before its end, or a fifth of its time for one that does not live that long. */
function dueAt({ tokens: { expiresAt, obtainedAt } }: SavedLogin): number {
  return expiresAt === undefined ? Infinity : expiresAt - Math.min(MARGIN_MS, (expiresAt - obtainedAt) / 5);
}

/** @throws ConfigError `key` where others can read what is kept */
export async function openLogin(parts: RenewalParts): Promise<LoginRenewal> {
  const { url, now } = parts;
  const paths = parts.keys.map((key) => loginPath(parts.stateDir, key));
  let held: Held | undefined;
  let running: Promise<boolean> | undefined;
  /** After a failure. */
  let restUntil = 0;
  /** After a renewal because a token was turned away. */
  let trustUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const hold = (path: string, stamp: string, login: SavedLogin): void => {
    for (const secret of [login.tokens.access, login.tokens.refresh, login.client.secret])
      if (secret !== undefined) parts.learn(secret);
    held = { path, stamp, login };
  };

  const look = async (): Promise<void> => {
    for (const path of paths) {
      const stamp = await loginStamp(path);
      if (stamp === "") continue;
      if (held?.path === path && held.stamp === stamp) return;
      const login = await readLogin(path);
      // What was given for another URL goes nowhere else.
      if (login?.url !== url) continue;
      return hold(path, stamp, login);
    }
    held = undefined;
  };

  /** Under the lock: what counts is what the file says now. */
  const exchange = async (stale: string, path: string): Promise<boolean> => {
    await look();
    if (held?.path !== path) return held !== undefined;
    const { login } = held;
    const { access, refresh } = login.tokens;
    if (access !== stale && now() < dueAt(login)) return true;
    if (refresh === undefined) return false;
    const { refreshTokens } = await import("../mcp/oauth/grant.ts");
    const secret = parts.clientSecret() ?? login.client.secret;
    const client = { ...login.client, ...(secret === undefined ? {} : { secret }) };
    const keep = async (tokens: SavedLogin["tokens"]): Promise<void> => {
      const next = { ...login, tokens };
      for (const value of [tokens.access, tokens.refresh]) if (value !== undefined) parts.learn(value);
      await saveLogin(path, next);
      hold(path, await loginStamp(path), next);
    };
    try {
      const { scope } = login.tokens;
      const tokens = await refreshTokens(login.grantor, client, refresh, now);
      await keep({ ...(scope === undefined ? {} : { scope }), ...tokens });
      return true;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      // Used up or revoked. Asked again, some end every other login of this person too.
      if (error.code === "ended") {
        const { refresh: _, ...rest } = login.tokens;
        await keep(rest);
      }
      return false;
    }
  };

  const renewOnce = async (stale: string, path: string): Promise<boolean> => {
    try {
      const renewed = await exclusively(`${path}.lock`, LOCK_WAIT_MS, () => exchange(stale, path));
      if (!renewed) restUntil = now() + REST_MS;
      return renewed;
    } catch (error) {
      if (!(error instanceof StoreError) && !(error instanceof ConfigError)) throw error;
      restUntil = now() + REST_MS;
      return false;
    }
  };
  const renew = (stale: string, path: string): Promise<boolean> =>
    (running ??= renewOnce(stale, path)
      .catch(() => false)
      .finally(() => (running = undefined)));

  const tick = async (): Promise<void> => {
    await look().catch(() => (held = undefined));
    if (held !== undefined && now() >= nextAt(held)) await renew(held.login.tokens.access, held.path);
    schedule();
  };
  /** When it is renewed next, as far as it can be. */
  const nextAt = ({ login }: Held): number =>
    login.tokens.refresh === undefined ? Infinity : Math.max(dueAt(login), restUntil);
  const schedule = (): void => {
    if (closed) return;
    const dueIn = (held === undefined ? Infinity : nextAt(held)) - now();
    // By the wall clock, and looked at often: a computer that slept has no idea how long.
    timer = setTimeout(() => void tick(), Math.min(LOOK_MS, Math.max(dueIn, LEAST_MS))).unref();
  };

  await look();
  schedule();
  return {
    bearer: () => held?.login.tokens.access,
    async renew(used) {
      await look().catch(() => (held = undefined));
      if (held === undefined) return false;
      const { tokens } = held.login;
      if (tokens.access !== used) return true;
      if (running !== undefined) return running;
      // What was renewed just now and is turned away again would be a third time too.
      if (now() < Math.max(restUntil, trustUntil)) return false;
      trustUntil = now() + REST_MS;
      return renew(tokens.access, held.path);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
