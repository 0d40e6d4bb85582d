/**
 * Holds a caller while humans decide: asks its own client where that suffices, blocks with progress as long as the
 * client is known to wait, then answers "pending". Whoever is live when the answer comes runs the call.
 */

import { randomBytes } from "node:crypto";
import type { Request } from "../approval/request.ts";
import { agent as words } from "../words/agent.ts";
import { forwardedAnswer, refusal } from "./answers.ts";
import { answered, claim, clientSuffices } from "./claim.ts";
import { sentAnswer, type Sent } from "./forward.ts";
import type { AgentCall, Answer, ClientFacts, PromptAnswer } from "./ports.ts";
import type { GateState } from "./state.ts";

const HEARTBEAT_MS = 10_000;
/** An answer faster than this is nobody's: neither yes nor no. */
const INSTANT_MS = 1_500;

/** How long known clients bear a held call, ms. `clientInfo` is claimed, so it may pick timings and nothing else. */
const PATIENCE_MS: readonly (readonly [RegExp, number])[] = [
  [/claude-code/i, 240_000],
  [/codex/i, 240_000],
  [/visual studio code|vscode/i, 600_000],
  [/gemini/i, 480_000],
  [/jetbrains/i, 20_000],
];
const UNKNOWN_CLIENT_MS = 45_000;

export function holdMs(client: ClientFacts, configured: number | undefined): number {
  return configured ?? PATIENCE_MS.find(([name]) => name.test(client.name ?? ""))?.[1] ?? UNKNOWN_CLIENT_MS;
}

const clock = (at: number): string => new Date(at).toISOString().slice(11, 16) + "Z";

async function closed(
  gate: GateState,
  request: Request,
  state: "expired" | "denied" | "invalidated",
  note?: string,
): Promise<void> {
  const moved = await gate.store.move(
    request.id,
    ["pending", "approved"],
    state,
    gate.now(),
    note === undefined ? {} : { note },
  );
  if (!moved) return;
  gate.log.record({ kind: "request.closed", request: request.id, state, ...(note === undefined ? {} : { note }) });
  await gate.log.synced();
}

/** Times out, or marks as approved or denied, by what the statements say now. */
async function settle(gate: GateState, request: Request): Promise<void> {
  const now = gate.now();
  if (request.state === "pending" && now > request.expiresAt) return closed(gate, request, "expired");
  if (request.state === "approved" && request.redeemUntil !== undefined && now > request.redeemUntil) {
    return closed(gate, request, "expired", "not used in time");
  }
  const verdict = await answered(gate, request);
  if (verdict === "denied") return closed(gate, request, "denied");
  if (verdict === "met" && request.state === "pending") {
    const redeemUntil = now + Math.min(...request.obligations.map((one) => one.redeemMs));
    await gate.store.move(request.id, ["pending"], "approved", now, { redeemUntil });
  }
}

async function denial(gate: GateState, request: Request): Promise<Answer> {
  const deny = (await gate.store.statements(request.id)).find((statement) => statement.body.answer === "deny");
  return refusal(words.deniedByHuman(deny?.body.approver ?? "the user", deny?.body.comment ?? request.note));
}

/** The answer for a request that has ended, or undefined while it is open or ours to run. */
async function ended(gate: GateState, request: Request): Promise<Answer | undefined> {
  switch (request.state) {
    case "pending":
    case "approved":
    case "executing":
      return undefined;
    case "succeeded":
    case "failed": {
      const stored = await gate.store.result(request.id);
      if (stored === undefined) return refusal(words.failed(request.server, "not sent", request.note));
      return { kind: stored.member, text: stored.text };
    }
    case "unknown":
      return refusal(words.unknownOutcome(request.server, undefined));
    case "denied":
      return denial(gate, request);
    case "expired":
      return refusal(request.redeemUntil === undefined ? words.expired : words.redeemExpired);
    case "withdrawn":
      return refusal(words.withdrawn(request.note));
    case "invalidated":
      return refusal(words.invalidated(request.note));
  }
}

/** Runs it if it is approved and free; every caller of this process gets the one result. */
async function execute(gate: GateState, request: Request, call: AgentCall): Promise<Answer | undefined> {
  const running = gate.executing.get(request.id);
  if (running !== undefined) return sentAnswer(request.server, await running);
  let settleSent!: (sent: Sent) => void;
  let settleNone!: () => void;
  const shared = new Promise<Sent>((resolve, reject) => {
    settleSent = resolve;
    settleNone = () => reject(new Error("not claimed"));
  });
  shared.catch(() => undefined);
  gate.executing.set(request.id, shared);
  try {
    const claimed = await claim(gate, request, call);
    if (claimed.kind === "sent") {
      settleSent(claimed.sent);
      return sentAnswer(request.server, claimed.sent);
    }
    if (claimed.kind === "invalid") await closed(gate, request, "invalidated", claimed.why);
    return undefined;
  } finally {
    settleNone();
    gate.executing.delete(request.id);
  }
}

/** Asks through the client's own dialog, labelled and counted as assurance `client`. */
async function promptLegacy(gate: GateState, request: Request, call: AgentCall): Promise<void> {
  if (call.prompt === undefined) return;
  const answer = await call.prompt(promptForm(request), call.signal);
  await takePromptAnswer(gate, request, answer);
}

export const promptForm = (request: Request) => ({
  message: `${words.promptTitle(request.name, request.server)} (${request.code})\n${request.view.arguments}`,
  approve: words.promptApprove,
  deny: words.promptDeny,
});

async function takePromptAnswer(gate: GateState, request: Request, answer: PromptAnswer): Promise<void> {
  if (answer.kind === "none") {
    if (answer.afterMs < INSTANT_MS) {
      gate.clientSilent = true;
      gate.log.record({
        kind: "client.silent",
        agent: gate.agent,
        request: request.id,
        afterMs: Math.round(answer.afterMs),
      });
      await gate.log.written();
    }
    return;
  }
  const comment = answer.comment === undefined ? {} : { comment: answer.comment };
  gate.log.record({
    kind: "request.answered",
    request: request.id,
    statement: { assurance: "client", answer: answer.kind, ...comment },
  });
  await gate.log.synced();
  if (answer.kind === "approve") gate.clientApproved.add(request.id);
  else await closed(gate, request, "denied", answer.comment);
  gate.wake();
}

/** A modern client's retry: the handle is single use and good for this agent, this action and its time only. */
export async function takeRetry(
  gate: GateState,
  request: Request,
  retry: NonNullable<AgentCall["retry"]>,
): Promise<void> {
  const handle = gate.prompts.get(retry.handle);
  gate.prompts.delete(retry.handle);
  const good =
    handle !== undefined &&
    handle.request === request.id &&
    handle.action === request.action &&
    gate.now() <= handle.expiresAt;
  if (!good) {
    gate.log.record({
      kind: "request.refused",
      request: request.id,
      reason: "a prompt's handle that is not of this call, used or expired",
    });
    return;
  }
  const afterMs = gate.now() - handle.sentAt;
  await takePromptAnswer(gate, request, retry.answer.kind === "none" ? { kind: "none", afterMs } : retry.answer);
}

function promptModern(gate: GateState, request: Request): Answer {
  const handle = randomBytes(16).toString("base64url");
  gate.prompts.set(handle, {
    request: request.id,
    action: request.action,
    expiresAt: request.expiresAt,
    sentAt: gate.now(),
  });
  return { kind: "prompt", handle, form: promptForm(request) };
}

export function pendingAnswer(gate: GateState, request: Request): Answer {
  const until = clock(request.expiresAt);
  return refusal(words.pending(request.code, request.id, until, gate.parts.approveCommand(request.code)), {
    state: "pending",
    id: request.id,
    code: request.code,
    expiresAt: request.expiresAt,
  });
}

function attend(gate: GateState, id: string, change: 1 | -1): number {
  const count = (gate.attending.get(id) ?? 0) + change;
  if (count === 0) gate.attending.delete(id);
  else gate.attending.set(id, count);
  return count;
}

async function waitUntilSettled(gate: GateState, id: string, call: AgentCall): Promise<Answer> {
  const startedAt = gate.now();
  const until = startedAt + holdMs(call.client, gate.parts.inForce().holdMs);
  let nextBeat = startedAt + HEARTBEAT_MS;
  let mayPrompt = call.client.prompts && call.retry === undefined;
  for (;;) {
    const found = await gate.store.request(id);
    if (found === undefined) return refusal(words.noSuchRequest);
    await settle(gate, found);
    const request = (await gate.store.request(id)) ?? found;
    const end = await ended(gate, request);
    if (end !== undefined) return end;
    if (call.signal.aborted) return pendingAnswer(gate, request);
    if (request.state === "approved") {
      const answer = await execute(gate, request, call);
      if (answer !== undefined) return answer;
      // Lost to another caller, or a row that says more than its statements: look again when something changes.
    }
    const now = gate.now();
    if (now >= until) return pendingAnswer(gate, request);
    if (mayPrompt && request.state === "pending" && !gate.clientSilent && clientSuffices(request)) {
      mayPrompt = false;
      if (call.client.era === "modern") return promptModern(gate, request);
      // The prompt runs beside the other channels; the first answer wins and the loop sees it.
      promptLegacy(gate, request, call).catch(() => undefined);
    }
    if (now >= nextBeat) {
      const seconds = Math.round((now - startedAt) / 1000);
      call.progress({ progress: seconds, message: words.waiting(request.code, seconds, clock(request.expiresAt)) });
      nextBeat = now + HEARTBEAT_MS;
    }
    await gate.changedWithin(Math.min(until, nextBeat, request.expiresAt + 1) - now, call.signal);
  }
}

/** Waits for `id` as this caller. A caller that leaves does not end the request: an identical call joins it again. */
export async function wait(gate: GateState, id: string, call: AgentCall): Promise<Answer> {
  if (attend(gate, id, 1) === 1) await gate.store.setAttended(id, true);
  try {
    return await waitUntilSettled(gate, id, call);
  } finally {
    const left = attend(gate, id, -1);
    if (left === 0 && call.signal.aborted) await gate.store.setAttended(id, false);
  }
}

export const replayAnswer = (
  stored: { readonly member: "result" | "error"; readonly text: string },
  server: string,
): Answer => {
  const answer = forwardedAnswer(server, {
    status: stored.member === "result" ? "ok" : "rpc_error",
    member: stored.member,
    text: stored.text,
  });
  if (answer.kind !== "result") return answer;
  const result = JSON.parse(stored.text) as { content?: unknown[]; _meta?: Record<string, unknown> };
  return {
    kind: "result",
    text: JSON.stringify({ ...result, _meta: { ...result._meta, "dev.kidoban/replayed": words.replayed } }),
  };
};
