/**
 * Calls to modern servers that take more than one request (2026-07-28, basic/patterns/mrtr): what the server wants to know
 * before it goes on, and the request that tells it. It stays one call: one leave, one intent, one outcome.
 */

import { setTimeout as pause } from "node:timers/promises";
import type { Asked, Asking, Question } from "../gateway/ports.ts";
import { isObject, type Json } from "../policy/json.ts";
import { readQuestion, unanswered } from "./questions.ts";
import { parseStrict } from "./strict-json.ts";

/** As many as the SDK's clients make. */
export const MAX_ROUNDS = 10;
const MAX_QUESTIONS = 16;
/** A server that asks nothing and wants to be asked again is not asked in a tight loop. */
const PACE_MS = 250;

/** What a server wants: questions by its keys, `roots` where the gate itself knows the answer. */
interface Round {
  readonly wants: readonly (readonly [key: string, question: Question | "roots"])[];
  readonly state: string | undefined;
}

/** Params of the next request, beside those of the first; or why there is none. */
export type NextRound =
  | { readonly kind: "retry"; readonly params: string }
  /** It asked for what it was not offered. */
  | { readonly kind: "refused"; readonly why: string }
  /** The call must not go on, or nobody answered. */
  | { readonly kind: "over"; readonly why: string };

/** `text`: the JSON text of an `input_required` result. */
function readRound(server: string, text: string, ownRoots: boolean): Round | string {
  const parsed = parseStrict(text);
  if (!parsed.ok || !isObject(parsed.value)) return "it can be read in two ways";
  const { inputRequests = {}, requestState: state } = parsed.value;
  if (!isObject(inputRequests) || (state !== undefined && typeof state !== "string")) return "it is malformed";
  const entries = Object.entries(inputRequests);
  if (entries.length === 0 && state === undefined) return "it wants nothing";
  if (entries.length > MAX_QUESTIONS) return "it asks too much at once";
  const wants: [string, Question | "roots"][] = [];
  for (const [key, request] of entries) {
    if (!isObject(request) || typeof request["method"] !== "string") return "it is malformed";
    const { method, params = {} } = request;
    if (method === "roots/list" && ownRoots) {
      wants.push([key, "roots"]);
      continue;
    }
    const read = readQuestion(server, method, params, () => key);
    if (read.kind === "refused") return read.error.message;
    wants.push([key, { ...read.question, key }]);
  }
  return { wants, state };
}

export interface RoundParts {
  readonly server: string;
  readonly asking: Asking;
  /** JSON text of what `roots/list` answers, recorded when it is asked for; undefined where none are declared. */
  roots(): string | undefined;
  readonly signal: AbortSignal;
}

/** Asks what the server wants to know. Everything or nothing is answered, so that no answer is left without the others. */
export async function nextRound({ server, asking, roots, signal }: RoundParts, required: string): Promise<NextRound> {
  const told = required.includes('"roots/list"') ? roots() : undefined;
  const round = readRound(server, required, told !== undefined);
  if (typeof round === "string") return { kind: "refused", why: round };
  const { wants, state } = round;
  const questions = wants.flatMap(([, question]) => (question === "roots" ? [] : [question]));
  if (!questions.every(({ needs }) => asking.abilities.includes(needs)))
    return { kind: "refused", why: "it asks what is not relayed" };
  if (wants.length === 0) await pause(PACE_MS);
  const asked: Asked = await asking.ask(questions, signal);
  if (asked.kind === "halt") return { kind: "over", why: asked.why };
  const answers = [...asked.answers];
  const responses: string[] = [];
  for (const [key, question] of wants) {
    const answer = question === "roots" ? undefined : answers.shift();
    const text = question === "roots" ? told : answer?.kind === "result" ? answer.text : unanswered(question);
    // There is no word for an error here, so a client that failed to answer ends the call.
    if (text === undefined) return { kind: "over", why: "nobody answered what the server asked" };
    responses.push(`${JSON.stringify(key)}:${text}`);
  }
  const given = responses.length === 0 ? "" : `,"inputResponses":{${responses.join(",")}}`;
  return { kind: "retry", params: given + (state === undefined ? "" : `,"requestState":${JSON.stringify(state)}`) };
}

export const isInputRequired = (value: { readonly [key: string]: Json }): boolean =>
  value["resultType"] === "input_required";
