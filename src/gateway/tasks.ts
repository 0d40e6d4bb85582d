/**
 * Held calls as tasks (ext-tasks 2026-07-28): the client is answered at once and polls. Whoever gave the task, or is asked
 * for it after a restart, runs the approved call once, also while nobody polls. Knows nothing of the messages.
 */

import { createHash, randomBytes } from "node:crypto";
import { SealedError } from "../audit/log.ts";
import { isLive, type Request } from "../approval/request.ts";
import { StoreError } from "../store/store.ts";
import type { TaskRecord } from "../store/task-record.ts";
import { agent as words } from "../words/agent.ts";
import { worded, type Given } from "./answers.ts";
import { goesOnAs, successor } from "./edited.ts";
import { isTaken } from "./forward.ts";
import { ServerError, type AgentCall, type Answer } from "./ports.ts";
import { ended, settle } from "./settle.ts";
import type { GateState } from "./state.ts";
import type { Caller } from "./steps.ts";
import type { Task, TaskAnswer, TaskVerb } from "./task.ts";
import { attending, clock, execute } from "./wait.ts";

const ID_BYTES = 24;
/** How long a task is kept after its request can last; what it ended with is for the client to fetch until then. */
const KEEP_MS = 60 * 60_000;
/** Tasks of one agent that may wait: identical calls join one request, so those do not bound them. */
const MAX_WAITING = 100;
/** Between two attempts to reach a server that is down, while the approval lasts. */
const RETRY_MS = 2_000;
/** Looked at again even where nothing was heard of. */
const LOOK_MS = 60_000;

const digestOf = (id: string): string => createHash("sha256").update(id).digest("hex");

const factsOf = (id: string, record: TaskRecord, request: Request) => ({
  id,
  openedAt: record.openedAt,
  changedAt: Math.max(request.closedAt ?? 0, record.openedAt),
  ttlMs: record.keepUntil - record.openedAt,
});

const working = (gate: GateState, id: string, record: TaskRecord, request: Request, unheard = false): Task => ({
  ...factsOf(id, record, request),
  status: "working",
  message:
    request.state === "pending"
      ? [
          words.taskWaiting(request.code, clock(request.expiresAt), gate.parts.approveCommand(request.code)),
          ...(unheard ? [words.unheard] : []),
        ].join(" ")
      : words.taskRunning(request.server),
});

/** Where the request stands now, by its statements, its time and the stops. */
async function settled(gate: GateState, id: string): Promise<Request | undefined> {
  const found = await gate.store.request(id);
  if (found === undefined) return undefined;
  await settle(gate, found);
  return (await gate.store.request(id)) ?? found;
}

/** As above, of whichever request took its place in the end. */
async function settledLast(gate: GateState, id: string): Promise<Request | undefined> {
  const request = await settled(gate, id);
  const next = request === undefined ? undefined : await successor(gate, request);
  return next === undefined ? request : settledLast(gate, next.id);
}

const pause = async (gate: GateState, ms: number): Promise<void> => {
  const until = gate.now() + ms;
  while (gate.now() < until && !gate.closing.aborted)
    await gate.changedSince(gate.changes, until - gate.now(), gate.closing);
};

/** Runs it when it is approved. The claim in the store makes it once, however many processes keep tasks of it. */
async function untilEnded(gate: GateState, id: string, caller: Caller): Promise<void> {
  for (;;) {
    const seen = gate.changes;
    let request = await settled(gate, id);
    const next = request === undefined ? undefined : await goesOnAs(gate, request);
    if (next !== undefined) return attending(gate, next.id, () => untilEnded(gate, next.id, caller));
    if (request?.state === "approved" && !gate.closing.aborted) {
      try {
        await execute(gate, request, caller);
      } catch (error) {
        if (!(error instanceof ServerError || error instanceof StoreError)) throw error;
        // The approval stays, and the server may come back while it lasts.
        await pause(gate, RETRY_MS);
        continue;
      }
      request = await gate.store.request(id);
    }
    if (request === undefined || !isLive(request.state) || gate.closing.aborted) return;
    const over = request.state === "pending" ? request.expiresAt : (request.redeemUntil ?? Infinity);
    const restMs = request.state === "executing" ? LOOK_MS : over + 1 - gate.now();
    await gate.changedSince(seen, Math.min(restMs, LOOK_MS), gate.closing);
  }
}

type Poller = Pick<AgentCall, "client" | "claimed">;

/** Between two polls nobody hears of progress or log messages, and nobody can be asked. */
const absent = ({ client, claimed }: Poller): Caller => ({
  client,
  claimed,
  progress: () => undefined,
  log: () => undefined,
});

/** Sees to the request in this process from here on; nothing where it is seen to already. */
function keep(gate: GateState, id: string, caller: Caller): void {
  if (gate.keeping.has(id) || gate.closing.aborted) return;
  const kept = attending(gate, id, () => untilEnded(gate, id, caller))
    // A sealed log or a store that is gone: the client hears of it when it polls, and that takes it up again.
    .catch(() => undefined)
    .finally(() => gate.keeping.delete(id));
  gate.keeping.set(id, kept);
}

/**
 * Answers the held call `call` with a task, durable before it is told; undefined where the client knows none, or the
 * agent has too many already. Rejects with SealedError.
 */
export async function giveTask(
  gate: GateState,
  request: Request,
  call: string,
  incoming: AgentCall,
): Promise<Given | undefined> {
  if (incoming.client.tasks === undefined || incoming.kind !== "tool") return undefined;
  const id = randomBytes(ID_BYTES).toString("base64url");
  const openedAt = gate.now();
  const redeemMs = Math.max(...request.obligations.map((obligation) => obligation.redeemMs));
  const record: TaskRecord = {
    digest: digestOf(id),
    request: request.id,
    agent: gate.agent,
    openedAt,
    keepUntil: Math.max(request.expiresAt + redeemMs, openedAt) + KEEP_MS,
  };
  if (!(await gate.store.addTask(record, MAX_WAITING))) return undefined;
  gate.log.record({ kind: "task.opened", task: record.digest, request: request.id, call, agent: gate.agent });
  await gate.log.synced();
  const { trace } = incoming;
  keep(gate, request.id, trace === undefined ? absent(incoming) : { ...absent(incoming), trace });
  return { kind: "task", task: working(gate, id, record, request) };
}

type Found = { readonly record: TaskRecord; readonly request: Request };

/** An id of another agent, or of a server that this gate does not stand in front of, is an unknown one. */
async function find(gate: GateState, id: string): Promise<Found | undefined> {
  const record = await gate.store.task(digestOf(id), gate.agent, gate.now());
  const request = record === undefined ? undefined : await settledLast(gate, record.request);
  if (record === undefined || request === undefined || request.agent !== gate.agent) return undefined;
  return gate.parts.only === undefined || request.server === gate.parts.only ? { record, request } : undefined;
}

function endedTask(facts: ReturnType<typeof factsOf>, answer: Answer, server: string): Task {
  switch (answer.kind) {
    case "result":
      return { ...facts, status: "completed", text: answer.text };
    case "error":
      return { ...facts, status: "failed", text: answer.text, message: words.taskFailed(server) };
    case "prompt":
    case "task":
      throw new Error("a request ends with a result or an error");
  }
}

async function read(gate: GateState, id: string, { record, request }: Found, poller: Poller): Promise<TaskAnswer> {
  const end = await ended(gate, request);
  if (end === undefined) {
    keep(gate, request.id, absent(poller));
    const unheard = request.state === "pending" && (await gate.parts.announcer?.unheard(request.id)) === true;
    return { kind: "task", task: working(gate, id, record, request, unheard) };
  }
  const fromServer = end.kind !== "refusal";
  const { standing } = gate.stops;
  if (fromServer && standing !== undefined) return { kind: "refused", message: words.stopped(standing.reason) };
  gate.log.record({ kind: "task.read", task: record.digest, request: request.id, agent: gate.agent });
  await gate.log.written();
  // Not kept for an identical call any more: whoever asked has it.
  if (fromServer) await isTaken(gate.store.takeResult(request.id));
  const facts = factsOf(id, record, request);
  if (record.cancelledAt !== undefined)
    return { kind: "task", task: { ...facts, status: "cancelled", message: words.taskCancelled } };
  return { kind: "task", task: endedTask(facts, worded("tool", end), request.server) };
}

/** What executes is not called back, and what has ended stays as it ended; both are acknowledged all the same. */
async function cancel(gate: GateState, { record, request }: Found): Promise<TaskAnswer> {
  const note = words.taskCancelledNote;
  if (await gate.store.cancelTask(record.digest, gate.now(), note)) {
    gate.log.record({ kind: "request.closed", request: request.id, state: "withdrawn", note });
    await gate.log.synced();
    gate.wake();
  }
  return { kind: "acknowledged" };
}

/** One question of the client's about a task of its own. */
export async function answerTask(gate: GateState, what: TaskVerb, id: string, poller: Poller): Promise<TaskAnswer> {
  const sealed: TaskAnswer = { kind: "refused", message: words.sealed };
  if (gate.log.sealed !== undefined) return sealed;
  try {
    const found = await find(gate, id);
    if (found === undefined) return { kind: "unknown" };
    switch (what) {
      case "get":
        return await read(gate, id, found, poller);
      case "update":
        return { kind: "acknowledged" };
      case "cancel":
        return await cancel(gate, found);
    }
  } catch (error) {
    if (error instanceof SealedError) return sealed;
    throw error;
  }
}
