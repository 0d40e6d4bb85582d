/**
 * What is looked at before a request's body is: whom it names, where it comes from, what it takes back. Pure, but for
 * remembering what was read last.
 */

import type { IncomingHttpHeaders } from "node:http";
import { remembered } from "../policy/remembered.ts";

/** Names under which a process on this machine reaches another. */
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** `example.com:7310`, `[::1]:7310` → the name without port, in lower case; undefined for what is no authority. */
const nameOf = remembered((authority: string) => {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(authority);
  return match?.[1]?.toLowerCase();
});

/** The `Host` header against the loopback names and `allowed` (lower case): a page whose name an attacker rebinds fails. */
export function isKnownHost(host: string | undefined, allowed: ReadonlySet<string>): boolean {
  const name = host === undefined ? undefined : nameOf(host);
  return name !== undefined && (LOOPBACK.has(name) || allowed.has(name));
}

/**
 * The `Origin` header, which browsers send: absent, a page of this machine, or one of `allowed` (`https://host[:port]`).
 * Both eras demand it (basic/transports, "Security Warning").
 */
export function isKnownOrigin(origin: string | undefined, allowed: ReadonlySet<string>): boolean {
  if (origin === undefined || allowed.has(origin)) return true;
  const match = /^https?:\/\/(.+)$/.exec(origin);
  const name = match?.[1] === undefined ? undefined : nameOf(match[1]);
  return name !== undefined && LOOPBACK.has(name);
}

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1); undefined for anything else. */
export const bearerOf = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];

export interface Accepts {
  readonly json: boolean;
  readonly events: boolean;
}

const BOTH: Accepts = { json: true, events: true };

/** Which of the two forms of an answer the client takes; one that says nothing takes both. */
export const acceptsOf = (accept: string | undefined): Accepts => (accept === undefined ? BOTH : formsIn(accept));

const formsIn = remembered((accept: string): Accepts => {
  const types = new Set(accept.split(",").map((part) => (part.split(";", 1)[0] ?? "").trim().toLowerCase()));
  const takes = (type: string, family: string): boolean => types.has(type) || types.has(family) || types.has("*/*");
  return { json: takes("application/json", "application/*"), events: takes("text/event-stream", "text/*") };
});

/** JSON, in UTF-8 where it says so; compressed bodies are not taken. */
export const isJson = (headers: IncomingHttpHeaders): boolean =>
  isJsonType(headers["content-type"] ?? "") && (headers["content-encoding"] ?? "identity") === "identity";

const isJsonType = remembered((contentType: string) => {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith("charset="));
  return type.trim() === "application/json" && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
});
