/** How a question to a server ended, in the words of who asked. Pure. */

import { isObject, type JsonObject } from "../policy/json.ts";
import type { Forwarded } from "../gateway/ports.ts";

/** How a question of our own (a handshake, a list) was answered. */
export type Reply =
  /** `length`: of its text. */
  | { readonly kind: "result"; readonly value: JsonObject; readonly length: number }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data: JsonObject }
  | { readonly kind: "none"; readonly reason: string };

export type Settled =
  | { readonly kind: "answer"; readonly member: "result" | "error"; readonly text: string; readonly value: JsonObject }
  /** It asked what it was not offered. */
  | { readonly kind: "asked-back" }
  | { readonly kind: "timeout" | "cancelled" | "unknown" | "not_sent"; readonly detail: string };

/** How a call ended. `relay` may let an error pass that asks the client to open URLs; see `relayUrls`. */
export function forwardedOf(outcome: Settled, relay: (error: JsonObject) => JsonObject | undefined): Forwarded {
  if (outcome.kind === "asked-back") return ASKED_BACK;
  if (outcome.kind !== "answer") return { status: outcome.kind, detail: outcome.detail };
  const { member, text, value } = outcome;
  if (member === "error") {
    if (value["code"] !== URL_REQUIRED) return { status: "rpc_error", member, text };
    const relayed = relay(value);
    return relayed === undefined ? ASKED_BACK : { status: "rpc_error", member, text: JSON.stringify(relayed) };
  }
  const type = value["resultType"];
  // It was not offered what it asks for, and no task was asked for: it did not do the work.
  if (type !== undefined && type !== "complete") return ASKED_BACK;
  return { status: value["isError"] === true ? "tool_error" : "ok", member, text };
}

const ASKED_BACK: Forwarded = {
  status: "rpc_error",
  member: "error",
  text: '{"code":-32603,"message":"The server asked for input that this gate does not relay"}',
};
/** 2025-11-25, client/elicitation, "URL Elicitation Required Error"; modern clients must not be sent it. */
const URL_REQUIRED = -32042;

export function replyOf(outcome: Settled): Reply {
  if (outcome.kind === "asked-back") return { kind: "none", reason: "it asked back" };
  if (outcome.kind !== "answer") return { kind: "none", reason: outcome.detail };
  const { member, value, text } = outcome;
  if (member === "result") return { kind: "result", value, length: text.length };
  const { code, message, data } = value;
  return {
    kind: "error",
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "",
    data: isObject(data) ? data : {},
  };
}
