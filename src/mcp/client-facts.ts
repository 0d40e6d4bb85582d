/** What a client says of itself, all of it claimed: who it is, what it declares, what it keeps in `_meta`. Pure. */

import type { Claimed } from "../audit/entry.ts";
import { type Ability, type ClientFacts } from "../gateway/ports.ts";
import { LOG_LEVELS, type LogLevel } from "../gateway/log-message.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { remembered } from "../policy/remembered.ts";

const string = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** What it declares that it can be asked (2025-11-25 and 2026-07-28, client/elicitation, client/sampling, client/roots). */
function abilitiesIn(capabilities: Json | undefined): readonly Ability[] {
  if (!isObject(capabilities)) return [];
  const { elicitation, sampling, roots } = capabilities;
  const abilities: Ability[] = [];
  // `{}` has always meant form mode; `url` alone is not a form.
  if (isObject(elicitation) && (isObject(elicitation["form"]) || !isObject(elicitation["url"]))) abilities.push("form");
  if (isObject(elicitation) && isObject(elicitation["url"])) abilities.push("url");
  if (isObject(sampling)) abilities.push("sampling");
  if (isObject(sampling) && isObject(sampling["tools"])) abilities.push("sampling-tools");
  if (isObject(roots)) abilities.push("roots");
  return abilities;
}

/** The extension's id, under `capabilities.extensions` of both sides (ext-tasks 2026-07-28, "Capability Negotiation"). */
export const TASKS = "io.modelcontextprotocol/tasks";

function declaresTasks(capabilities: Json | undefined): boolean {
  const extensions = isObject(capabilities) ? capabilities["extensions"] : undefined;
  return isObject(extensions) && isObject(extensions[TASKS]);
}

export function factsOf(
  era: ClientFacts["era"],
  protocol: string,
  info: Json | undefined,
  capabilities: Json | undefined,
): ClientFacts {
  const name = isObject(info) ? string(info["name"]) : undefined;
  const version = isObject(info) ? string(info["version"]) : undefined;
  const abilities = abilitiesIn(capabilities);
  return {
    era,
    protocol,
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    prompts: abilities.includes("form"),
    ...(abilities.length === 0 ? {} : { abilities }),
    // In the legacy era tasks are another thing under the same names.
    ...(era === "modern" && declaresTasks(capabilities) ? { tasks: true } : {}),
  };
}

/** Whether nothing new is to be recorded of it. What it declares for one request alone, like tasks, is none of it. */
export const sameClient = (one: ClientFacts, other: ClientFacts): boolean =>
  one === other ||
  (one.era === other.era &&
    one.protocol === other.protocol &&
    one.name === other.name &&
    one.version === other.version &&
    one.abilities?.join() === other.abilities?.join());

/** The protocol last, as it was always recorded; not by spreads, which cost a modern client's request 1 µs. */
export function claimedBy({ name, version, protocol }: ClientFacts): Claimed {
  if (name !== undefined)
    return version === undefined ? { client: name, protocol } : { client: name, version, protocol };
  return version === undefined ? { protocol } : { version, protocol };
}

/** What the client keeps in `_meta` for itself (tool-use id, turn id): goes to the log, never to a server. */
export const privateMeta = remembered((meta: JsonObject): string | undefined => {
  if (!Object.keys(meta).some(isPrivate)) return undefined;
  const own = Object.entries(meta).filter(([key]) => isPrivate(key));
  return JSON.stringify(Object.fromEntries(own)).slice(0, MAX_PRIVATE_META).toWellFormed();
});

const isPrivate = (key: string): boolean => key !== "progressToken" && !key.startsWith("io.modelcontextprotocol/");

const MAX_PRIVATE_META = 1024;

export const isLogLevel = (value: Json | undefined): value is LogLevel => LOG_LEVELS.some((level) => level === value);

/** What a modern request wants of log messages (2026-07-28, server/utilities/logging). */
export function logLevelOf(meta: Json | undefined): LogLevel | undefined {
  const level = isObject(meta) ? meta["io.modelcontextprotocol/logLevel"] : undefined;
  return isLogLevel(level) ? level : undefined;
}

/** W3C trace context, which SEP-414 carries in `_meta`; baggage stays behind, it may hold anything. */
export function traceOf(meta: Json | undefined): JsonObject | undefined {
  if (!isObject(meta)) return undefined;
  const { traceparent, tracestate } = meta;
  if (typeof traceparent !== "string" || !/^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent))
    return undefined;
  return typeof tracestate === "string" && tracestate.length <= 512 ? { traceparent, tracestate } : { traceparent };
}
