/**
 * What servers ask of clients and what clients answer, as both eras have it: read strictly, said who asks, rebuilt from
 * what is known and nothing else. Pure.
 */

import { markUnseen } from "../approval/visible.ts";
import type { Ability, Question, QuestionAnswer } from "../gateway/ports.ts";
import type { AskKind } from "../policy/manifest.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, type RpcError } from "./era.ts";
import { NOT_FOUND } from "./errors.ts";

/** Under this key of `_meta` stands which server asks, where no person reads it. */
const ASKED_BY = "dev.kidoban/server";
/** A form that nobody could read is not put to anybody. */
const MAX_FORM_CHARS = 64 * 1024;

/** Nothing that people read may begin otherwise; the gate's own dialog never begins so. */
export const attributed = (server: string, message: string): string =>
  `[${server} asks] ${markUnseen(message, "lines")}`;

export type Read = { readonly kind: "question"; readonly question: Question } | RefusedQuestion;
interface RefusedQuestion {
  readonly kind: "refused";
  readonly error: RpcError;
}

const refused = (what: string): RefusedQuestion => ({
  kind: "refused",
  error: { code: INVALID_PARAMS, message: `Invalid params: ${what}` },
});

/** `params` were parsed strictly. `newId` names an elicitation by URL that came without a name. */
export function readQuestion(server: string, method: string, params: Json, newId: () => string): Read {
  if (!isObject(params)) return refused("not an object");
  const _meta = { [ASKED_BY]: server };
  switch (method) {
    case "elicitation/create":
      return params["mode"] === "url" ? readUrl(server, params, _meta, newId) : readForm(server, params, _meta);
    case "sampling/createMessage":
      return readSampling(params, _meta);
    case "roots/list":
      return asQuestion(method, "roots", { _meta });
    default:
      return { kind: "refused", error: NOT_FOUND };
  }
}

const asQuestion = (method: Question["method"], needs: Ability, params: JsonObject): Read => ({
  kind: "question",
  question: { method, needs, params: JSON.stringify(params) },
});

function readForm(server: string, { mode, message, requestedSchema }: JsonObject, _meta: JsonObject): Read {
  if (mode !== undefined && mode !== "form") return refused("unknown mode");
  if (typeof message !== "string") return refused("message must be a string");
  if (!isObject(requestedSchema) || requestedSchema["type"] !== "object" || !isObject(requestedSchema["properties"]))
    return refused("requestedSchema must be of type object");
  if (JSON.stringify(requestedSchema).length + message.length > MAX_FORM_CHARS) return refused("too long a form");
  const said = attributed(server, message);
  return asQuestion("elicitation/create", "form", {
    ...(mode === undefined ? {} : { mode }),
    message: said,
    requestedSchema,
    _meta,
  });
}

function readUrl(server: string, params: JsonObject, _meta: JsonObject, newId: () => string): Read {
  const { message, url, elicitationId } = params;
  if (typeof message !== "string") return refused("message must be a string");
  const wrong = wrongWith(url);
  if (wrong !== undefined || typeof url !== "string") return refused(wrong ?? "url must be a string");
  if (elicitationId !== undefined && typeof elicitationId !== "string")
    return refused("elicitationId must be a string");
  const said = attributed(server, message);
  const name = elicitationName(server, elicitationId ?? newId());
  return asQuestion("elicitation/create", "url", { mode: "url", message: said, url, elicitationId: name, _meta });
}

/** Two servers that use the same id end no elicitation of each other. */
export const elicitationName = (server: string, id: string): string => `${server}/${id}`;

/** It passes unchanged, so it must be one that a person can see whole, and that carries no credentials of its own. */
function wrongWith(url: Json | undefined): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url)) return "url must be a URL";
  if (!/^[\x21-\x7e]+$/.test(url)) return "a url has only visible ASCII characters";
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return "a url carries no credentials";
  const isLocal = protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === "https:" || isLocal ? undefined : "a url is of https";
}

const SAMPLING_MEMBERS = [
  "messages",
  "modelPreferences",
  "systemPrompt",
  "temperature",
  "maxTokens",
  "stopSequences",
  "metadata",
  "tools",
  "toolChoice",
] as const;

/**
 * `includeContext` stays behind: to the client all servers are this gate, so "this server" would be all of them. A client
 * may always leave it out (client/sampling).
 */
function readSampling(params: JsonObject, _meta: JsonObject): Read {
  if (!Array.isArray(params["messages"])) return refused("messages must be a list");
  if (typeof params["maxTokens"] !== "number") return refused("maxTokens must be a number");
  const known = SAMPLING_MEMBERS.flatMap((name) => {
    const value = params[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const needs = params["tools"] === undefined && params["toolChoice"] === undefined ? "sampling" : "sampling-tools";
  return asQuestion("sampling/createMessage", needs, { ...Object.fromEntries(known), _meta });
}

const malformed: QuestionAnswer = {
  kind: "error",
  code: INTERNAL_ERROR,
  message: "The client's answer is malformed",
};

/** Reads a client's result, which was parsed strictly. What it says beside the answer (`_meta`) stays here. */
export function readQuestionAnswer({ method, needs }: Question, result: Json | undefined): QuestionAnswer {
  if (!isObject(result)) return malformed;
  if (method === "sampling/createMessage") {
    const { _meta: _dropped, resultType: _implied, ...message } = result;
    if (message["role"] !== "assistant" && message["role"] !== "user") return malformed;
    return { kind: "result", says: "result", text: JSON.stringify(message) };
  }
  if (method === "roots/list") return readRoots(result["roots"]);
  const { action, content } = result;
  if (action !== "accept" && action !== "decline" && action !== "cancel") return malformed;
  if (action !== "accept" || needs === "url") return { kind: "result", says: action, text: JSON.stringify({ action }) };
  if (!isObject(content) || !Object.values(content).every(isField)) return malformed;
  return { kind: "result", says: action, text: JSON.stringify({ action, content }) };
}

function readRoots(roots: Json | undefined): QuestionAnswer {
  if (!Array.isArray(roots)) return malformed;
  const known: JsonObject[] = [];
  for (const root of roots as readonly Json[]) {
    if (!isObject(root) || typeof root["uri"] !== "string") return malformed;
    const { uri, name } = root;
    known.push({ uri, ...(typeof name === "string" ? { name } : {}) });
  }
  return { kind: "result", says: "result", text: JSON.stringify({ roots: known }) };
}

/** What a flat form gives for one field. */
const isField = (value: Json): boolean =>
  typeof value === "string" ||
  typeof value === "number" ||
  typeof value === "boolean" ||
  (Array.isArray(value) && value.every((each) => typeof each === "string"));

/** A modern request knows no `elicitationId` (2026-07-28, client/elicitation). */
export function modernParams({ params, needs }: Question): JsonObject {
  const { elicitationId: _dropped, ...rest } = JSON.parse(params) as JsonObject;
  return needs === "url" ? rest : (JSON.parse(params) as JsonObject);
}

/** What a question is answered where nobody does: for an elicitation there is a word. */
export const unanswered = ({ method }: Question): string | undefined =>
  method === "elicitation/create" ? '{"action":"cancel"}' : undefined;

/** All that a configured kind stands for. */
export const abilitiesOf = (asks: readonly AskKind[]): readonly Ability[] => [
  ...(asks.includes("elicitation") ? (["form", "url"] as const) : []),
  ...(asks.includes("sampling") ? (["sampling", "sampling-tools"] as const) : []),
  ...(asks.includes("roots") ? (["roots"] as const) : []),
];

/** The same as client capabilities, JSON text; `ownRoots`: the gate itself tells of roots. */
export function capabilitiesText(abilities: readonly Ability[], ownRoots: boolean): string {
  const has = (ability: Ability): boolean => abilities.includes(ability);
  const elicitation = { ...(has("form") ? { form: {} } : {}), ...(has("url") ? { url: {} } : {}) };
  return JSON.stringify({
    ...(has("form") || has("url") ? { elicitation } : {}),
    ...(has("sampling") ? { sampling: has("sampling-tools") ? { tools: {} } : {} } : {}),
    ...(ownRoots || has("roots") ? { roots: {} } : {}),
  });
}
