/** How a question to a server ended, in the words of who asked. Pure. */

import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import type { Asking, Forwarded } from "../gateway/ports.ts";
import { attributed, readQuestion } from "./questions.ts";

/** How a question of our own (a handshake, a list) was answered. */
export type Reply =
  | { readonly kind: "result"; readonly value: JsonObject }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data: JsonObject }
  | { readonly kind: "none"; readonly reason: string };

export type Settled =
  | { readonly kind: "answer"; readonly member: "result" | "error"; readonly text: string; readonly value: JsonObject }
  /** It asked what it was not offered. */
  | { readonly kind: "asked-back" }
  | { readonly kind: "timeout" | "cancelled" | "unknown" | "not_sent"; readonly detail: string };

/** `server`: which one answered. */
export function forwardedOf(outcome: Settled, server: string, asking: Asking | undefined): Forwarded {
  if (outcome.kind === "asked-back") return { status: "rpc_error", member: "error", text: ASKED_BACK };
  if (outcome.kind !== "answer") return { status: outcome.kind, detail: outcome.detail };
  const { member, text, value } = outcome;
  if (member === "error") return { status: "rpc_error", member, text: errorText(text, value, server, asking) };
  const type = value["resultType"];
  // It was not offered what it asks for, and no task was asked for: it did not do the work.
  if (type !== undefined && type !== "complete") return { status: "rpc_error", member: "error", text: ASKED_BACK };
  return { status: value["isError"] === true ? "tool_error" : "ok", member, text };
}

const ASKED_BACK = '{"code":-32603,"message":"The server asked for input that this gate does not relay"}';
/** 2025-11-25, client/elicitation, "URL Elicitation Required Error"; modern clients must not be sent it. */
const URL_REQUIRED = -32042;

/** An error that makes a client open a URL is a question too. */
function errorText(text: string, value: JsonObject, server: string, asking: Asking | undefined): string {
  const { code, message, data } = value;
  if (code !== URL_REQUIRED) return text;
  const isRelayed = asking?.era === "legacy" && asking.abilities.includes("url");
  const elicitations = isRelayed ? urlsIn(server, data) : undefined;
  if (elicitations === undefined) return ASKED_BACK;
  return JSON.stringify({ code, message: attributed(server, String(message)), data: { elicitations } });
}

/** The elicitations of such an error, each said who asks; undefined where one of them may not pass. */
function urlsIn(server: string, data: Json | undefined): readonly Json[] | undefined {
  const list = isObject(data) ? data["elicitations"] : undefined;
  if (!Array.isArray(list)) return undefined;
  const read = (list as readonly Json[]).flatMap((one) => {
    const asked = readQuestion(server, "elicitation/create", one, () => "");
    return asked.kind === "question" && asked.question.needs === "url" ? [asked.question.params] : [];
  });
  return read.length === list.length ? read.map((params) => JSON.parse(params) as Json) : undefined;
}

export function replyOf(outcome: Settled): Reply {
  if (outcome.kind === "asked-back") return { kind: "none", reason: "it asked back" };
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
