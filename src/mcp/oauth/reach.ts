/**
 * How far what a server says may lead us. Metadata names URLs that we then call; one on the internet must not make us call
 * into the network behind us (2026-07-28, security best practices, "Server-Side Request Forgery").
 */

import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { AuthError } from "./failure.ts";

/** From far to near. What is reached at one may lead to the same or farther, never nearer. */
export type Reach = "public" | "private" | "loopback";
const NEARNESS: Readonly<Record<Reach, number>> = { public: 0, private: 1, loopback: 2 };

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
// "This host": connecting there reaches ourselves.
loopback.addSubnet("0.0.0.0", 8);
loopback.addAddress("::1", "ipv6");
loopback.addAddress("::", "ipv6");

/** IANA's special-purpose registries (RFC 6890), and the IPv6 forms that carry an IPv4 address inside. */
const special = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  special.addSubnet(net, bits);
for (const [net, bits] of [
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
] as const)
  special.addSubnet(net, bits, "ipv6");

/** Where an IP address lies; mapped addresses (`::ffff:10.0.0.1`) lie where the address inside does. */
export function reachOf(address: string): Reach {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (loopback.check(address, family)) return "loopback";
  return special.check(address, family) ? "private" : "public";
}

const within = (address: string, reach: Reach): boolean => NEARNESS[reachOf(address)] <= NEARNESS[reach];

/** The host of a URL without the brackets of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "");
const isLocal = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && reachOf(host) === "loopback");

/**
 * A URL that may be called or shown to a browser, from something that lies at `reach`: https, or http to this machine where
 * it began here. A host's name is only known by what it resolves to: `guardedLookup` looks at that.
 * @throws AuthError `address`
 */
export function checkedUrl(written: string, reach: Reach): URL {
  const refuse = () => new AuthError("address", written.slice(0, 200));
  if (!URL.canParse(written)) throw refuse();
  const url = new URL(written);
  const host = hostOf(url);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocal(host))) throw refuse();
  if (url.username !== "" || url.password !== "") throw refuse();
  if (isLocal(host) ? reach !== "loopback" : isIP(host) !== 0 && !within(host, reach)) throw refuse();
  url.hash = "";
  return url;
}

/**
 * Resolves as usual and refuses addresses nearer than `reach`, in the lookup that the connection itself uses; `local`: and
 * all that are not this machine, for what is not encrypted.
 */
export const guardedLookup =
  (reach: Reach, local: boolean): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return callback(error ?? new Error("no address"), "");
      // One that is not allowed makes the whole answer suspect.
      if (!addresses.every(({ address }) => within(address, reach) && (!local || reachOf(address) === "loopback")))
        return callback(new AuthError("address", hostname), "");
      if (options.all === true) return callback(null, [...addresses]);
      return callback(null, first.address, first.family);
    });
  };
