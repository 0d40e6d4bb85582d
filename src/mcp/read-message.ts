/** Reads one message of the agent's client: strict JSON, then the envelope. Pure; a refusal is a value. */

import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { INTERNAL_ERROR, INVALID_REQUEST, invalidParams, PARSE_ERROR, type RpcError } from "./era.ts";
import { invalidRequest } from "./errors.ts";
import { parseStrict } from "./strict-json.ts";

export type Id = string | number;

/** What a client answers to a question of ours. */
export type Reply =
  | { readonly kind: "result"; readonly value: Json }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** Withdrawn, or nobody is there any more. */
  | { readonly kind: "none" };

export type Message =
  | { readonly kind: "request"; readonly id: Id; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "answer"; readonly id: Json | undefined; readonly reply: Reply }
  | {
      readonly kind: "refused";
      readonly id: Id | undefined;
      readonly method: string | undefined;
      readonly error: RpcError;
    };

/** Longer ids are echoed to nobody. */
export const MAX_ID_LENGTH = 1024;

/** Both eras: a string or an integer, never null (schema, `RequestId`). */
const isId = (id: Json | undefined): id is Id =>
  typeof id === "string" ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id);

function refused(error: RpcError, id?: Json, method?: Json): Message {
  return {
    kind: "refused",
    id: isId(id) ? id : undefined,
    method: typeof method === "string" ? method : undefined,
    error,
  };
}

/** Malformed errors and answers without either are errors too. */
function replyIn(result: Json | undefined, error: Json | undefined): Reply {
  if (error === undefined && result !== undefined) return { kind: "result", value: result };
  const { code, message } = isObject(error) ? error : {};
  return {
    kind: "error",
    code: Number.isInteger(code) ? (code as number) : INTERNAL_ERROR,
    message: typeof message === "string" ? message : "The client gave no reason",
  };
}

/** `utf8`: whether the line's bytes were valid; in `line` what was not stands replaced. */
export function readMessage(line: string, utf8: boolean): Message {
  if (!utf8) return refused({ code: PARSE_ERROR, message: "Refused: not UTF-8" });
  const parsed = parseStrict(line);
  if (!parsed.ok) {
    const { hazard, at } = parsed.fault;
    // What could be read is only used to tell its sender.
    const { id, method } = isObject(parsed.partial) ? parsed.partial : {};
    const code = hazard === "syntax" ? PARSE_ERROR : INVALID_REQUEST;
    return refused({ code, message: `Refused: ${hazard} at ${at}` }, id, method);
  }
  const message = parsed.value;
  const invalid = (what: string): Message => refused(invalidRequest(what));
  if (!isObject(message)) return invalid(Array.isArray(message) ? "batches are not taken" : "not an object");
  const { jsonrpc, id, method, params = {}, result, error } = message;
  if (jsonrpc !== "2.0") return invalid("not JSON-RPC 2.0");
  if (method === undefined) return { kind: "answer", id, reply: replyIn(result, error) };
  if (typeof method !== "string") return invalid("method must be a string");
  if (result !== undefined || error !== undefined) return invalid("a method beside a result");
  if (id === undefined) return { kind: "notification", method, params: isObject(params) ? params : {} };
  if (!isId(id)) return invalid("an id must be a string or an integer");
  if (!isObject(params)) return refused(invalidParams("not an object"), id, method);
  return { kind: "request", id, method, params };
}
