/** The tasks extension as messages (ext-tasks 2026-07-28): how a task reads, and what may be asked of one. Decides nothing. */

import type { Claimed } from "../audit/entry.ts";
import type { ClientFacts, Gate } from "../gateway/ports.ts";
import type { Task } from "../gateway/task.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import { TASKS } from "./client-facts.ts";
import { callResult, INTERNAL_ERROR, invalidParams, type RpcError } from "./era.ts";

const POLL_MS = 2_000;

/** 2026-07-28, basic/index, "Error Codes". */
const MISSING_CAPABILITY = -32021;
/** Also where notifications of tasks are asked for; we send none, so that clients poll. */
export const undeclared: RpcError = {
  code: MISSING_CAPABILITY,
  message: "Missing required client capability",
  data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
};

const QUESTIONS = { "tasks/get": "get", "tasks/update": "update", "tasks/cancel": "cancel" } as const;
export type TaskMethod = keyof typeof QUESTIONS;

export const isTaskMethod = (method: string): method is TaskMethod => Object.hasOwn(QUESTIONS, method);

const time = (at: number): string => new Date(at).toISOString();

/** Members of the task at the result's top level, as JSON text without braces. */
const members = ({ id, status, message, openedAt, changedAt, ttlMs }: Task): string =>
  JSON.stringify({
    taskId: id,
    status,
    statusMessage: message,
    createdAt: time(openedAt),
    lastUpdatedAt: time(changedAt),
    ttlMs,
    pollIntervalMs: POLL_MS,
  }).slice(1, -1);

/** `CreateTaskResult`, in place of the result of a tool call. */
export const createdTask = (task: Task): string => `{"resultType":"task",${members(task)}}`;

/** `GetTaskResult`: with what the call itself would have been answered, byte for byte. */
function detailedTask(task: Task): string {
  const head = `{"resultType":"complete",${members(task)}`;
  switch (task.status) {
    case "working":
    case "cancelled":
      return `${head}}`;
    case "completed":
      return `${head},"result":${callResult("modern", "tool", task.text)}}`;
    case "failed":
      return `${head},"error":${task.text}}`;
  }
}

/** Answers `tasks/*`: the result as JSON text, or an error. */
export async function taskResult(
  gate: Gate,
  method: TaskMethod,
  params: JsonObject,
  client: ClientFacts,
  claimed: Claimed,
): Promise<string | RpcError> {
  if (client.tasks === undefined) return undeclared;
  const { taskId, inputResponses } = params;
  if (typeof taskId !== "string") return invalidParams("taskId must be a string");
  if (method === "tasks/update" && !isObject(inputResponses)) return invalidParams("inputResponses must be an object");
  const given = await gate.task(QUESTIONS[method], taskId, { client, claimed });
  switch (given.kind) {
    case "task":
      return detailedTask(given.task);
    case "acknowledged":
      return '{"resultType":"complete"}';
    case "unknown":
      return invalidParams("Task not found");
    case "refused":
      return { code: INTERNAL_ERROR, message: given.message };
  }
}
