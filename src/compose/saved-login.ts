/** Logins as they are kept: one file (0600) in the state for each server and agent. No other file ever holds a token. */

import { createHash } from "node:crypto";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, systemCode } from "../config/error.ts";
import { readPrivateFile, replacePrivateFile } from "../config/private-file.ts";
import type { AuthClient } from "../mcp/oauth/client.ts";
import type { Grantor, Tokens } from "../mcp/oauth/grant.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";

/** Whose login it is. One state serves several configurations. */
export interface LoginKey {
  /** Absolute path of kidoban.yaml. */
  readonly config: string;
  readonly server: string;
  /** Left out: every agent's without one of its own. */
  readonly agent?: string;
}

export interface SavedLogin {
  /** The server's URL as configured; behind another one the tokens are not used. */
  readonly url: string;
  readonly grantor: Grantor;
  /** `secret` only where it came by registration; a configured one stays where it is. */
  readonly client: AuthClient;
  readonly tokens: Tokens;
}

export function loginPath(stateDir: string, { config, server, agent }: LoginKey): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([config, server, agent ?? null]))
    .digest("hex");
  return join(stateDir, "logins", `${agent === undefined ? server : `${server}@${agent}`}-${digest.slice(0, 16)}.json`);
}

export const saveLogin = (path: string, login: SavedLogin): Promise<void> =>
  replacePrivateFile(path, `${JSON.stringify({ v: 1, ...login })}\n`);

/** Undefined where nobody has logged in. @throws ConfigError `key` where others can read it, or when it is damaged */
export async function readLogin(path: string): Promise<SavedLogin | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const login = parse(text);
  if (login === undefined) throw new ConfigError("key", `${path} is not a login of this version`);
  return login;
}

/** False when there was none. */
export async function removeLogin(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Differs whenever the file was written, and from one that is not there. */
export async function loginStamp(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "" : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

function parse(text: string): SavedLogin | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["v"] !== 1) return undefined;
  const { url, grantor, client, tokens } = value;
  if (typeof url !== "string" || !isGrantor(grantor) || !isClient(client) || !isTokens(tokens)) return undefined;
  return { url, grantor, client, tokens } as unknown as SavedLogin;
}

const isText = (value: Json | undefined): boolean => typeof value === "string" && value !== "";
const isTextOrNone = (value: Json | undefined): boolean => value === undefined || typeof value === "string";
const has = (value: Json | undefined, fits: (members: JsonObject) => boolean): boolean =>
  isObject(value) && fits(value);

const isGrantor = (value: Json | undefined): boolean =>
  has(
    value,
    ({ issuer, tokenEndpoint, revocationEndpoint, resource, reach }) =>
      isText(issuer) &&
      isText(tokenEndpoint) &&
      isTextOrNone(revocationEndpoint) &&
      isText(resource) &&
      (reach === "public" || reach === "private" || reach === "loopback"),
  );
const isClient = (value: Json | undefined): boolean =>
  has(
    value,
    ({ id, secret, proof }) =>
      isText(id) && isTextOrNone(secret) && (proof === "none" || proof === "basic" || proof === "post"),
  );
const isTokens = (value: Json | undefined): boolean =>
  has(
    value,
    ({ access, refresh, obtainedAt, expiresAt, scope }) =>
      isText(access) &&
      typeof obtainedAt === "number" &&
      isTextOrNone(refresh) &&
      isTextOrNone(scope) &&
      (expiresAt === undefined || typeof expiresAt === "number"),
  );
