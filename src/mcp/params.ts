/** The texts that go to a server as `params`, and what of its progress may come back. Pure. */

import type { ForwardedCall } from "../gateway/ports.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Era } from "./era.ts";

/** Arguments go in as the text that was recorded and approved, never serialised again (P3). */
export function callParams(call: ForwardedCall, era: Era, id: number): string {
  const meta: string[] = [];
  if (era.requestMeta !== "") meta.push(era.requestMeta);
  if (call.progress !== undefined) meta.push(`"progressToken":${id}`);
  for (const key of ["traceparent", "tracestate"]) {
    const value = call.trace?.[key];
    if (typeof value === "string") meta.push(`"${key}":${JSON.stringify(value)}`);
  }
  const tail = meta.length === 0 ? "" : `,"_meta":{${meta.join(",")}}`;
  return `{"name":${JSON.stringify(call.name)},"arguments":${call.argsText}${tail}}`;
}

/** Adds the era's `_meta` to the JSON text of an object. */
export function withMeta(params: string, meta: string): string {
  if (meta === "") return params;
  return params === "{}" ? `{"_meta":{${meta}}}` : `${params.slice(0, -1)},"_meta":{${meta}}}`;
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
