/**
 * The two eras of the protocol, as pure functions: what we answer to an opening, what every request must carry, what we
 * say of ourselves to servers, how a result of one era is worded in the other. Knows no pipe and no gateway flow.
 */

import type { ClientFacts } from "../gateway/ports.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { remembered } from "../policy/remembered.ts";
import { factsOf, TASKS } from "./client-facts.ts";
import { capabilitiesOf } from "./declared.ts";
import { memberSpans, spanOf } from "./envelope.ts";
import { legacyResult, legacyTools } from "./legacy-shape.ts";
import type { Changing } from "./calls.ts";
import type { EraName } from "./methods.ts";
import type { Kind } from "../policy/call.ts";
import type { LockedKind } from "../policy/manifest.ts";

const MODERN = "2026-07-28";
/** Legacy versions that agents are served in, newest first; any other request gets the newest. */
const LEGACY = ["2025-11-25", "2025-06-18"] as const;
/** Legacy versions that a server may settle on; they differ in nothing that tools use. */
const LEGACY_OF_SERVERS: ReadonlySet<string> = new Set([...LEGACY, "2025-03-26", "2024-11-05"]);

/** The key of `_meta` that makes a request a modern one. */
export const VERSION_META = "io.modelcontextprotocol/protocolVersion";

const META = {
  version: VERSION_META,
  client: "io.modelcontextprotocol/clientInfo",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  server: "io.modelcontextprotocol/serverInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
} as const;

/** What a connection to a server has settled on. */
export interface Era {
  readonly name: EraName;
  readonly protocol: string;
  /** Members that the `_meta` of every request carries, as JSON text without braces; empty in the legacy era. */
  readonly requestMeta: string;
  /** The same with these client capabilities (JSON text) declared instead of none. */
  metaWith(capabilities: string): string;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonObject;
}

export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
export const PARSE_ERROR = -32700;
/** 2026-07-28, basic/index, "Error Codes". */
const UNSUPPORTED_VERSION = -32022;

const string = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

// --- the agent's side -------------------------------------------------------------------------------------------------

/**
 * The answer to `initialize`: JSON text of the result, and what the client said of itself. Logging is declared always:
 * which servers log is known only once they are up.
 */
export function answerInitialize(
  params: JsonObject,
  version: string,
  kinds: ReadonlySet<Kind>,
): { facts: ClientFacts; result: string } {
  const asked = string(params["protocolVersion"]);
  const protocol = LEGACY.find((known) => known === asked) ?? LEGACY[0];
  return {
    facts: factsOf("legacy", protocol, params["clientInfo"], params["capabilities"]),
    result: JSON.stringify({
      protocolVersion: protocol,
      capabilities: { ...capabilitiesOf(kinds), logging: {} },
      serverInfo: { name: "kidoban", version },
    }),
  };
}

/** The answer to `server/discover`: JSON text of the result. */
export const answerDiscover = (version: string, kinds: ReadonlySet<Kind>): string =>
  JSON.stringify({
    resultType: "complete",
    supportedVersions: [MODERN],
    capabilities: { ...capabilitiesOf(kinds), extensions: { [TASKS]: {} } },
    ttlMs: 0,
    cacheScope: "private",
    _meta: { [META.server]: { name: "kidoban", version } },
  });

/** Whether a request may say this version of itself: `modern` or `legacy`, or neither. */
export const eraOf = (version: string): EraName | undefined =>
  version === MODERN ? "modern" : LEGACY_OF_SERVERS.has(version) ? "legacy" : undefined;

export type RequestMeta =
  | { readonly kind: "facts"; readonly facts: ClientFacts }
  /** No claim to the modern era at all. */
  | { readonly kind: "absent" }
  | { readonly kind: "error"; readonly error: RpcError };

export const invalidParams = (what: string): RpcError => ({ code: INVALID_PARAMS, message: `Invalid params: ${what}` });

const invalidMeta = (key: string): RequestMeta => ({
  kind: "error",
  error: invalidParams(`_meta["${key}"] is missing or of a wrong type`),
});

/** Checks what a modern request must carry (2026-07-28, basic/index, `_meta`). */
export function readRequestMeta(params: JsonObject): RequestMeta {
  const meta = params["_meta"];
  return isObject(meta) ? readMeta(meta) : { kind: "absent" };
}

const readMeta = remembered((meta: JsonObject): RequestMeta => {
  if (!Object.hasOwn(meta, META.version)) return { kind: "absent" };
  const protocol = meta[META.version];
  if (typeof protocol !== "string") return invalidMeta(META.version);
  if (!isObject(meta[META.capabilities])) return invalidMeta(META.capabilities);
  const info = meta[META.client];
  if (info !== undefined && !(isObject(info) && typeof info["name"] === "string")) return invalidMeta(META.client);
  if (protocol !== MODERN) return { kind: "error", error: unsupportedVersion(protocol) };
  return { kind: "facts", facts: factsOf("modern", protocol, info, meta[META.capabilities]) };
});

export const unsupportedVersion = (requested: Json | undefined): RpcError => ({
  code: UNSUPPORTED_VERSION,
  message: "Unsupported protocol version",
  // As server/discover has it; legacy versions are settled by `initialize` alone.
  data: { supported: [MODERN], requested: string(requested)?.slice(0, 32) ?? null },
});

export const missingRequestMeta = invalidParams(`_meta["${META.version}"] is missing`);

/** The result of a list method in the words of an era. Never cacheable by anyone but this agent, and not for long. */
export const listResult = (era: EraName, member: string, list: string): string =>
  era === "legacy"
    ? `{"${member}":${member === "tools" ? legacyTools(list) : list}}`
    : `{"resultType":"complete",${PRIVATE},"${member}":${list}}`;

const PRIVATE = '"ttlMs":0,"cacheScope":"private"';

/** A call's result in the words of an era: a modern one says that it is complete, and of a resource how long it keeps. */
export function callResult(era: EraName, kind: Kind, text: string): string {
  if (era === "legacy") return legacyResult(text);
  // A server's own time holds; shared with others nothing is, since others may not have the same.
  const scoped = kind === "resource" ? ensure(ensure(text, "ttlMs", "0"), "cacheScope", '"private"', true) : text;
  return ensure(scoped, "resultType", '"complete"');
}

/** Adds a member to an object's text where it lacks it; `always`: also in place of another value. */
function ensure(text: string, name: string, value: string, always = false): string {
  // A cheap look first: the name in quotes can only be a key or a value, and mostly is neither.
  if (text.includes(`"${name}"`)) {
    const spans = memberSpans(text);
    if (spans === undefined) return text;
    const span = spanOf(spans, name);
    if (span !== undefined) return always ? text.slice(0, span[0]) + value + text.slice(span[1]) : text;
  }
  return text === "{}" ? `{"${name}":${value}}` : `{"${name}":${value},${text.slice(1)}`;
}

/** `_meta` of everything that belongs to a subscription (2026-07-28, basic/patterns/subscriptions). */
export const subscriptionMeta = (id: string): string => `"_meta":{"${META.subscription}":${id}}`;

/** The subscription that a message belongs to. */
export function subscriptionOf({ _meta: meta }: JsonObject): Json | undefined {
  return isObject(meta) ? meta[META.subscription] : undefined;
}

// --- the servers' side ------------------------------------------------------------------------------------------------

/** `capabilities`: JSON text of what may be asked of clients. Whose client it will be nobody knows yet. */
export const initializeParams = (version: string, capabilities: string): string =>
  `{"protocolVersion":"${LEGACY[0]}","capabilities":${capabilities},` +
  `"clientInfo":${JSON.stringify({ name: "kidoban", version })}}`;

export function modernEra(version: string): Era {
  const meta = { [META.version]: MODERN, [META.client]: { name: "kidoban", version } };
  const metaWith = (capabilities: string): string =>
    `${JSON.stringify(meta).slice(1, -1)},"${META.capabilities}":${capabilities}`;
  return { name: "modern", protocol: MODERN, requestMeta: metaWith("{}"), metaWith };
}

export const legacyEra = (protocol: string = LEGACY[0]): Era => ({
  name: "legacy",
  protocol,
  requestMeta: "",
  metaWith: () => "",
});

export interface ServerFacts {
  readonly era: Era;
  readonly name?: string;
  readonly version?: string;
  /** What it declares to have. */
  readonly has: Readonly<Record<LockedKind, boolean>>;
  /** Lists of which it declares to tell when they change. */
  readonly listChanged: readonly Changing[];
  /** Declares that it tells when a resource is updated. */
  readonly watches: boolean;
  readonly logs: boolean;
}

function serverFacts(era: Era, info: Json | undefined, capabilities: Json | undefined): ServerFacts {
  const name = isObject(info) ? string(info["name"]) : undefined;
  const version = isObject(info) ? string(info["version"]) : undefined;
  const declared = (what: Changing | "logging"): JsonObject | undefined => {
    const member = isObject(capabilities) ? capabilities[what] : undefined;
    return isObject(member) ? member : undefined;
  };
  const lists: readonly Changing[] = ["tools", "resources", "prompts"];
  return {
    era,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    has: {
      tool: declared("tools") !== undefined,
      resource: declared("resources") !== undefined,
      prompt: declared("prompts") !== undefined,
    },
    watches: declared("resources")?.["subscribe"] === true,
    logs: declared("logging") !== undefined,
    listChanged: lists.filter((what) => declared(what)?.["listChanged"] === true),
  };
}

/** A server's answer to `initialize`; undefined when it speaks no version that we do. */
export function readInitialize(result: JsonObject): ServerFacts | undefined {
  const protocol = string(result["protocolVersion"]);
  if (protocol === undefined || !LEGACY_OF_SERVERS.has(protocol)) return undefined;
  return serverFacts(legacyEra(protocol), result["serverInfo"], result["capabilities"]);
}

/** Whether a server that refuses our version names it among those it takes (2026-07-28, basic/versioning). */
export const namesOurVersion = (code: number, { supported }: JsonObject): boolean =>
  code === UNSUPPORTED_VERSION && Array.isArray(supported) && supported.includes(MODERN);

/** A server's answer to `server/discover`; undefined when it is not a modern server of our version. */
export function readDiscover(result: JsonObject, version: string): ServerFacts | undefined {
  const supported = result["supportedVersions"];
  if (!Array.isArray(supported) || !supported.includes(MODERN)) return undefined;
  const meta = result["_meta"];
  return serverFacts(modernEra(version), isObject(meta) ? meta[META.server] : undefined, result["capabilities"]);
}
