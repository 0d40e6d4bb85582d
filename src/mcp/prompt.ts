/**
 * The client's own dialog: how the question is put in both eras and what of the answer counts.
 * Anything but a chosen "approve" or "deny" is neither yes nor no.
 */

import type { PromptAnswer, PromptForm } from "../gateway/ports.ts";
import { isObject, type Json } from "../policy/json.ts";

/** An answer that comes faster than a human reads was given by a program. */
export const INSTANT_MS = 1500;

/** The key of our question among a modern result's `inputRequests`. */
const QUESTION = "kidoban";
const MAX_COMMENT = 1000;

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

export const promptRequest = (id: number, form: PromptForm): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"elicitation/create","params":${JSON.stringify(elicitation(form))}}`;

/** A modern `input_required` result; `handle` comes back as `requestState` (2026-07-28, basic/patterns/mrtr). */
export const inputRequired = (handle: string, form: PromptForm): string =>
  JSON.stringify({
    resultType: "input_required",
    inputRequests: { [QUESTION]: { method: "elicitation/create", params: elicitation(form) } },
    requestState: handle,
  });

/** Reads an elicitation result that came `afterMs` after the question. */
export function readAnswer(result: Json | undefined, afterMs: number): PromptAnswer {
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

/** Our answer among a retry's `inputResponses`. */
export const readRetry = (inputResponses: Json | undefined, afterMs: number): PromptAnswer =>
  readAnswer(isObject(inputResponses) ? inputResponses[QUESTION] : undefined, afterMs);
