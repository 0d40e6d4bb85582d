/** The texts that go to a server as `params`, and what of its progress may come back. Pure. */

import type { Kind } from "../policy/call.ts";
import { isLogLevel } from "./client-facts.ts";
import type { ForwardedCall } from "../gateway/ports.ts";
import type { LogMessage } from "../gateway/log-message.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Era } from "./era.ts";
import { capabilitiesText } from "./questions.ts";

/** The method of each kind of call. */
const METHOD_OF: Readonly<Record<Kind, string>> = {
  tool: "tools/call",
  resource: "resources/read",
  prompt: "prompts/get",
  completion: "completion/complete",
};

/** What a transport with headers or streams of its own needs to know of a message. */
export interface Outgoing {
  readonly id?: number;
  readonly method: string;
  readonly name?: string | undefined;
  readonly argsText?: string | undefined;
}

export function aboutOf(call: ForwardedCall, id: number): Outgoing {
  return {
    id,
    method: METHOD_OF[call.kind],
    name: nameIn(call),
    argsText: call.kind === "tool" ? call.argsText : undefined,
  };
}

/** The era's `_meta` of every request of a call: of modern servers, with what they may ask in the middle of it. */
export function callMeta({ asking }: ForwardedCall, era: Era, hasRoots: () => boolean): string {
  if (era.name === "legacy" || asking === undefined) return era.requestMeta;
  const { abilities } = asking;
  const roots = hasRoots();
  return abilities.length === 0 && !roots ? era.requestMeta : era.metaWith(capabilitiesText(abilities, roots));
}

/** What a call goes by in headers (`Mcp-Name`): a resource by its URI. */
const nameIn = ({ kind, name, argsText }: ForwardedCall): string | undefined => {
  if (kind === "completion") return undefined;
  return kind === "resource" ? (JSON.parse(argsText) as { readonly uri: string }).uri : name;
};

/**
 * Arguments go in as the text that was recorded and approved, never serialised again (P3). `requestMeta`: the era's, with
 * what is declared for this call; `more`: members of the params that follow an answer of the server, each after a comma.
 */
export function callParams(call: ForwardedCall, era: Era, id: number, requestMeta: string, more = ""): string {
  const meta: string[] = [];
  if (requestMeta !== "") meta.push(requestMeta);
  if (call.logLevel !== undefined && era.name === "modern")
    meta.push(`"io.modelcontextprotocol/logLevel":"${call.logLevel}"`);
  if (call.progress !== undefined) meta.push(`"progressToken":${id}`);
  for (const key of ["traceparent", "tracestate"]) {
    const value = call.trace?.[key];
    if (typeof value === "string") meta.push(`"${key}":${JSON.stringify(value)}`);
  }
  const tail = more + (meta.length === 0 ? "}" : `,"_meta":{${meta.join(",")}}}`);
  // Of resources and completions the arguments are the params.
  if (call.kind === "resource" || call.kind === "completion") return call.argsText.slice(0, -1) + tail;
  return `{"name":${JSON.stringify(call.name)},"arguments":${call.argsText}${tail}`;
}

/** Adds the era's `_meta` to the JSON text of an object. */
export function withMeta(params: string, meta: string): string {
  if (meta === "") return params;
  return params === "{}" ? `{"_meta":{${meta}}}` : `${params.slice(0, -1)},"_meta":{${meta}}}`;
}

/** A server's log message, secrets taken out, or undefined when it is malformed. Its `_meta` stays behind. */
export function logMessage(
  server: string,
  { _meta: _dropped, ...params }: JsonObject,
  hide: (text: string) => string,
): LogMessage | undefined {
  const { level, data } = params;
  if (!isLogLevel(level) || data === undefined) return undefined;
  return { server, level, params: hide(JSON.stringify(params)) };
}

/** What a progress notification may say, or undefined when it is malformed. */
export function progressOf(params: JsonObject, hide: (text: string) => string): JsonObject | undefined {
  const { progress, total, message } = params;
  if (typeof progress !== "number") return undefined;
  return {
    progress,
    ...(typeof total === "number" ? { total } : {}),
    ...(typeof message === "string" ? { message: hide(message) } : {}),
  };
}
