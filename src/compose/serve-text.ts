/** `serve:` as `kidoban accept` shows it, by what can change. Pure. */

import type { Config } from "../config/config-file.ts";

/** Who gets in over HTTP without a token of ours, and through which pages and names. */
export function servesOf(config: Config | undefined): ReadonlyMap<string, string> {
  const { jwt, hosts = [], origins = [], url } = config?.serve ?? {};
  const facts: (readonly [string, string])[] = [];
  if (jwt !== undefined) {
    const keys = jwt.jwks.kind === "url" ? jwt.jwks.url : jwt.jwks.path;
    facts.push([
      "jwt",
      `${jwt.issuer} for ${jwt.audience}, agent in ${jwt.agentClaim}, keys ${keys} (${jwt.algorithms.join(", ")})`,
    ]);
  }
  if (url !== undefined) facts.push(["url", url]);
  facts.push(...hosts.map((host): [string, string] => [`host ${host}`, host]));
  facts.push(...origins.map((origin): [string, string] => [`origin ${origin}`, origin]));
  return new Map(facts);
}
