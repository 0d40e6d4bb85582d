/**
 * What is looked at before anything else of a request: whom it names, where it comes from, what it brings. The browser's
 * word protects against other pages; against a program on this machine only signed answers do. Pure.
 */

import type { Site } from "./ports.ts";

/** The headers that matter here, as they came. */
export interface Arrival {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, `-Mode`, `-Dest` (W3C Fetch Metadata); browsers send them to trustworthy origins. */
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDest: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
}

export type Objection = "host" | "method" | "credential" | "origin" | "cross-site" | "content-type";

/** A person who follows a link on another page: the browser leaves out strict cookies, so the page is asked for again. */
const isFollowed = ({ method, fetchMode, fetchDest }: Arrival): boolean =>
  method === "GET" && fetchMode === "navigate" && fetchDest === "document";

const FORM = /^application\/x-www-form-urlencoded(?:;\s*charset=utf-8)?$/i;

export function objection(arrival: Arrival, site: Site): Objection | "followed" | undefined {
  const { method, host, origin, fetchSite, authorization, contentType } = arrival;
  // Exact, port and all: a name that was rebound to this machine, or another service of it, is not this console.
  if (host === undefined || !site.hosts.has(host.toLowerCase())) return "host";
  if (method !== "GET" && method !== "HEAD" && method !== "POST") return "method";
  // Agents' tokens open nothing here, and whoever brings one is no browser of a person.
  if (authorization !== undefined) return "credential";
  const isChange = method === "POST";
  if (isChange ? origin !== site.origin : origin !== undefined && origin !== site.origin) return "origin";
  if (fetchSite !== undefined && fetchSite !== "same-origin") {
    if (isChange) return "cross-site";
    if (fetchSite !== "none") return isFollowed(arrival) ? "followed" : "cross-site";
  }
  if (isChange && !FORM.test(contentType ?? "")) return "content-type";
  return undefined;
}
