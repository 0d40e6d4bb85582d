/**
 * What 2026-07-28 allows and clients of 2025 throw away, in words that they take (SEP-2106): output schemas that are
 * not of type object, and the structured content that goes with them. Everything else keeps its bytes.
 */

import { isObject, type Json } from "../policy/json.ts";
import { memberSpans, spanOf } from "./envelope.ts";

/** Any object: what a wrapped value is, said without moving a schema whose references would then lead elsewhere. */
const ANY_OBJECT = { type: "object" };

/** A serialised list of tools; a client of 2025 drops a whole list over one output schema of another type. */
export function legacyTools(text: string): string {
  if (!text.includes('"outputSchema"')) return text;
  const tools = JSON.parse(text) as readonly Json[];
  if (!tools.some(needsWrapping)) return text;
  return JSON.stringify(
    tools.map((tool) => (needsWrapping(tool) ? { ...(tool as object), outputSchema: ANY_OBJECT } : tool)),
  );
}

function needsWrapping(tool: Json): boolean {
  if (!isObject(tool) || tool["outputSchema"] === undefined) return false;
  const schema = tool["outputSchema"];
  return !isObject(schema) || schema["type"] !== "object";
}

/** A call's result: structured content that is no object becomes `{"result": …}`, as the SDK does it. */
export function legacyResult(text: string): string {
  if (!text.includes('"structuredContent"')) return text;
  const span = spanOf(memberSpans(text) ?? [], "structuredContent");
  if (span === undefined || text[span[0]] === "{") return text;
  return `${text.slice(0, span[0])}{"result":${text.slice(...span)}}${text.slice(span[1])}`;
}
