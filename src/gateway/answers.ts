/** The gateway's own answers to the agent, as raw JSON. What a server answered never passes through here. */

import type { Kind } from "../policy/call.ts";
import type { AgentCall, Answer, Forwarded } from "./ports.ts";
import { agent as words } from "../words/agent.ts";

/** What the gate itself has to say instead of a result; `worded` gives it the form that fits what was asked. */
export interface Refusal {
  readonly kind: "refusal";
  readonly message: string;
  readonly meta?: Readonly<Record<string, unknown>>;
}
export type Given = Answer | Refusal;

export function refusal(message: string, meta?: Readonly<Record<string, unknown>>): Refusal {
  return { kind: "refusal", message, ...(meta === undefined ? {} : { meta }) };
}

/**
 * A tool's refusal is a result that no client takes for success (`isError`), so that its output schema is not checked
 * either and the model reads it. Other results have no such mark: there it is an error.
 */
export function worded(kind: Kind, given: Given): Answer {
  if (given.kind !== "refusal") return given;
  const { message, meta } = given;
  const about = meta === undefined ? {} : { "dev.kidoban/request": meta };
  if (kind === "tool") {
    const _meta = meta === undefined ? {} : { _meta: about };
    const result = { content: [{ type: "text", text: message }], isError: true, ..._meta };
    return { kind: "result", text: JSON.stringify(result) };
  }
  const data = meta === undefined ? {} : { data: about };
  return { kind: "error", text: JSON.stringify({ code: -32603, message, ...data }) };
}

/**
 * The same bytes for a denied name as for one that never existed (P1). Codes: server/tools, server/prompts and
 * server/resources of 2025-11-25; 2026-07-28 has -32602 for resources too.
 */
export function unknownName({ kind, name, client }: Pick<AgentCall, "kind" | "name" | "client">): Answer {
  const legacyResource = kind === "resource" && client.era === "legacy";
  const error = {
    code: legacyResource ? -32002 : -32602,
    message: words.unknown[kind](name),
    ...(kind === "resource" ? { data: { uri: name } } : {}),
  };
  return { kind: "error", text: JSON.stringify(error) };
}

/** What the server answered, or our words for why it did not. */
export function forwardedAnswer(server: string, forwarded: Forwarded): Given {
  switch (forwarded.status) {
    case "ok":
    case "tool_error":
      return { kind: forwarded.member ?? "result", text: forwarded.text ?? "{}" };
    case "rpc_error":
      return { kind: "error", text: forwarded.text ?? '{"code":-32603,"message":"no error given"}' };
    case "not_sent":
      return refusal(words.notSent(server, forwarded.detail));
    case "timeout":
    case "cancelled":
    case "unknown":
      return refusal(words.unknownOutcome(server, forwarded.detail));
  }
}

/** The stored result of an identical call, marked as not run again; every other byte as the server sent it. */
export function replayAnswer(stored: { readonly member: "result" | "error"; readonly text: string }): Answer {
  if (stored.member === "error") return { kind: "error", text: stored.text };
  const result = JSON.parse(stored.text) as { readonly _meta?: object };
  const mark = { "dev.kidoban/replayed": words.replayed };
  if (result._meta !== undefined)
    return { kind: "result", text: JSON.stringify({ ...result, _meta: { ...result._meta, ...mark } }) };
  const rest = stored.text.trimStart().slice(1).trimStart();
  return { kind: "result", text: `{"_meta":${JSON.stringify(mark)}${rest.startsWith("}") ? "" : ","}${rest}` };
}
