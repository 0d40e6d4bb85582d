/** How a question to a server ended, in the words of who asked. Pure. */

import { isObject, type JsonObject } from "../policy/json.ts";
import type { Forwarded } from "../gateway/ports.ts";

/** How a question of our own (a handshake, a list) was answered. */
export type Reply =
  | { readonly kind: "result"; readonly value: JsonObject }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data: JsonObject }
  | { readonly kind: "none"; readonly reason: string };

export type Settled =
  | { readonly kind: "answer"; readonly member: "result" | "error"; readonly text: string; readonly value: JsonObject }
  | { readonly kind: "timeout" | "cancelled" | "unknown" | "not_sent"; readonly detail: string };

export function forwardedOf(outcome: Settled): Forwarded {
  if (outcome.kind !== "answer") return { status: outcome.kind, detail: outcome.detail };
  const { member, text, value } = outcome;
  if (member === "error") return { status: "rpc_error", member, text };
  const type = value["resultType"];
  // Nothing was declared that a server could ask for, and no task was asked for: it did not do the work.
  if (type !== undefined && type !== "complete") return { status: "rpc_error", member: "error", text: ASKED_BACK };
  return { status: value["isError"] === true ? "tool_error" : "ok", member, text };
}

const ASKED_BACK = '{"code":-32603,"message":"The server asked for input that this gate does not relay"}';

export function replyOf(outcome: Settled): Reply {
  if (outcome.kind !== "answer") return { kind: "none", reason: outcome.detail };
  const { member, value } = outcome;
  if (member === "result") return { kind: "result", value };
  const { code, message, data } = value;
  return {
    kind: "error",
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "",
    data: isObject(data) ? data : {},
  };
}
