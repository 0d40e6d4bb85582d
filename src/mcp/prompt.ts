/**
 * The client's own dialog: how the question is put in both eras and what of the answer counts.
 * Anything but a chosen "approve" or "deny" is neither yes nor no.
 */

import { INSTANT_MS, type AgentCall, type PromptAnswer, type PromptForm } from "../gateway/ports.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import type { Id } from "./read-message.ts";
import type { ClientRequests } from "./requests.ts";

/** The key of our question among a modern result's `inputRequests`. */
const QUESTION = "kidoban";
const MAX_COMMENT = 1000;
/** Questions put to a modern client whose answers are still taken. */
const MAX_HANDLES = 1000;

/** Params of `elicitation/create`: a required choice without default, so that no stray Enter answers it. */
const elicitation = (form: PromptForm): object => ({
  message: form.message,
  requestedSchema: {
    type: "object",
    properties: {
      decision: { type: "string", enum: ["approve", "deny"], enumNames: [form.approve, form.deny] },
      comment: { type: "string", maxLength: MAX_COMMENT },
    },
    required: ["decision"],
  },
});

/** Reads an elicitation result that came `afterMs` after the question. */
function readAnswer(result: Json | undefined, afterMs: number): PromptAnswer {
  const none: PromptAnswer = { kind: "none", afterMs };
  if (afterMs < INSTANT_MS || !isObject(result) || result["action"] !== "accept") return none;
  const content = result["content"];
  if (!isObject(content)) return none;
  const { decision, comment } = content;
  if (decision !== "approve" && decision !== "deny") return none;
  return typeof comment === "string" && comment !== ""
    ? { kind: decision, comment: comment.slice(0, MAX_COMMENT) }
    : { kind: decision };
}

/** Asks a legacy client in the middle of its call `about`; withdrawn when `signal` aborts. */
export async function askInCall(
  requests: ClientRequests,
  now: () => number,
  form: PromptForm,
  signal: AbortSignal,
  about: Id,
): Promise<PromptAnswer> {
  const since = now();
  const reply = await requests.ask("elicitation/create", JSON.stringify(elicitation(form)), signal, about);
  return readAnswer(reply.kind === "result" ? reply.value : undefined, now() - since);
}

/** When each question to modern clients was put, by its handle. */
export type PutPrompts = Map<string, number>;

/** The `input_required` result that asks a modern client (2026-07-28, basic/patterns/mrtr). */
export function inputRequired(put: PutPrompts, at: number, handle: string, form: PromptForm): string {
  const oldest = put.size >= MAX_HANDLES ? put.keys().next().value : undefined;
  if (oldest !== undefined) put.delete(oldest);
  put.set(handle, at);
  return JSON.stringify({
    resultType: "input_required",
    inputRequests: { [QUESTION]: { method: "elicitation/create", params: elicitation(form) } },
    requestState: handle,
  });
}

/** The answer that a modern client's retry carries. */
export function retryIn(params: JsonObject, put: PutPrompts, now: () => number): AgentCall["retry"] {
  const handle = params["requestState"];
  if (typeof handle !== "string") return undefined;
  const since = put.get(handle);
  put.delete(handle);
  const responses = params["inputResponses"];
  const response = isObject(responses) ? responses[QUESTION] : undefined;
  // A handle of another process, or one that was used: as good as an instant answer.
  return { handle, answer: readAnswer(response, since === undefined ? 0 : now() - since) };
}
