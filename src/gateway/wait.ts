/**
 * Holds a caller while humans decide: asks its own client where that suffices, blocks with progress as long as the
 * client is known to wait, then answers "pending". Whoever is live when the answer comes runs the call.
 */

import type { Request } from "../approval/request.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, type Given } from "./answers.ts";
import { claim, clientSuffices } from "./claim.ts";
import { goesOnAs, toldOfEdit } from "./edited.ts";
import { WAIT_TOOL } from "./exposed.ts";
import { isTaken, sentAnswer } from "./forward.ts";
import type { Caller, Claim } from "./steps.ts";
import type { AgentCall, ClientFacts } from "./ports.ts";
import { promptLegacy, promptModern } from "./prompt.ts";
import { closed, ended, settle } from "./settle.ts";
import type { GateState } from "./state.ts";

const HEARTBEAT_MS = 10_000;

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

export const clock = (at: number): string => new Date(at).toISOString().slice(11, 16) + "Z";

/** One claim at a time per request in this process; every caller here shares how it goes. */
function claimOnce(gate: GateState, request: Request, call: Caller): Promise<Claim> {
  const running = gate.executing.get(request.id);
  if (running !== undefined) return running;
  const claiming = claim(gate, request, call)
    .finally(() => gate.executing.delete(request.id))
    .then((claimed) => {
      // Nothing changed by a lost claim, and waking for it would only try it again.
      if (claimed.kind !== "lost") gate.wake();
      return claimed;
    });
  gate.executing.set(request.id, claiming);
  return claiming;
}

/** Runs it if it is approved and free; undefined when it has to be looked at again. */
export async function execute(gate: GateState, request: Request, call: Caller): Promise<Given | undefined> {
  const claimed = await claimOnce(gate, request, call);
  switch (claimed.kind) {
    case "sent":
      return toldOfEdit(gate, request, sentAnswer(request.server, claimed.sent));
    case "invalid":
      await closed(gate, request, "invalidated", claimed.why);
      return undefined;
    case "lost":
      return undefined;
  }
}

async function endedNow(gate: GateState, id: string): Promise<Given | undefined> {
  const request = await gate.store.request(id);
  return request === undefined ? undefined : ended(gate, request);
}

/** What a caller is told that waits no longer: the request is live still. */
function pendingAnswer(gate: GateState, request: Request, unheard = false): Given {
  if (request.state === "executing") {
    return refusal(words.running(request.server, request.id), { state: "executing", id: request.id });
  }
  const until = clock(request.expiresAt);
  const asked = [request.code, until, gate.parts.approveCommand(request.code)] as const;
  const text = request.kind === "tool" ? words.pending(request.id, ...asked) : words.pendingRequest(...asked);
  return refusal(unheard ? `${text} ${words.unheard}` : text, {
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

/** A result that a caller gets is not kept for one that had gone: the same call is a new one from here on. */
async function delivered(gate: GateState, { id }: Request, answer: Given, call: AgentCall): Promise<Given> {
  if (!call.signal.aborted && call.unheard !== true) await isTaken(gate.store.takeResult(id));
  return answer;
}

/** Where nobody could be told: whether somebody sits before the client itself, or the agent was told and waits all the same. */
const isWorthWaiting = (gate: GateState, request: Request, call: AgentCall): boolean =>
  (call.client.prompts && !gate.clientSilent && clientSuffices(request)) ||
  (call.kind === "tool" && call.name === WAIT_TOOL);

async function waitUntilSettled(gate: GateState, id: string, call: AgentCall): Promise<Given> {
  const startedAt = gate.now();
  const until = startedAt + holdMs(call.client, gate.parts.inForce().holdMs);
  let nextBeat = startedAt + HEARTBEAT_MS;
  let mayPrompt = call.client.prompts && call.retry === undefined;
  for (;;) {
    const seen = gate.changes;
    const found = await gate.store.request(id);
    if (found === undefined) return refusal(words.noSuchRequest);
    await settle(gate, found);
    const request = (await gate.store.request(id)) ?? found;
    const next = await goesOnAs(gate, request);
    if (next !== undefined) return attending(gate, next.id, () => waitUntilSettled(gate, next.id, call));
    const end = await ended(gate, request);
    if (end !== undefined) return delivered(gate, request, end, call);
    if (call.signal.aborted) return pendingAnswer(gate, request);
    if (request.state === "approved" || gate.executing.has(id)) {
      const answer = (await execute(gate, request, call)) ?? (await endedNow(gate, id));
      if (answer !== undefined) return delivered(gate, request, answer, call);
      // Lost to another caller, or a row that says more than its statements: look again when something changes.
    }
    const now = gate.now();
    const unheard = request.state === "pending" && (await gate.parts.announcer?.unheard(id)) === true;
    if (now >= until || (unheard && !isWorthWaiting(gate, request, call))) return pendingAnswer(gate, request, unheard);
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
    const over = request.state === "pending" ? request.expiresAt + 1 : until;
    await gate.changedSince(seen, Math.min(until, nextBeat, over) - now, call.signal);
  }
}

/** Runs `step` while this process counts as one that waits for `id`. */
export async function attending<T>(gate: GateState, id: string, step: () => Promise<T>): Promise<T> {
  if (attend(gate, id, 1) === 1) await isTaken(gate.store.setAttended(id, true));
  try {
    return await step();
  } finally {
    if (attend(gate, id, -1) === 0) await isTaken(gate.store.setAttended(id, false));
  }
}

/** Waits for `id` as this caller. A caller that leaves does not end the request: an identical call joins it again. */
export const wait = (gate: GateState, id: string, call: AgentCall): Promise<Given> =>
  attending(gate, id, () => waitUntilSettled(gate, id, call));
