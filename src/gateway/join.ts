/** Opens a request for an asked call, or joins the live one with the same action. */

import { randomBytes } from "node:crypto";
import { actionDigest, requestCode } from "../approval/action.ts";
import { definitionDigest } from "../approval/definition.ts";
import { noticed } from "../approval/notice.ts";
import { closedUntil, DENIALS_MATTER_MS } from "../approval/denials.ts";
import { isOverdue, type Request } from "../approval/request.ts";
import { buildView, viewDigest, type View } from "../approval/show.ts";
import type { Call } from "../policy/call.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, replayAnswer, type Given } from "./answers.ts";
import { answered } from "./claim.ts";
import { toldOfEdit } from "./edited.ts";
import type { Exposed } from "./exposed.ts";
import type { OpenAnswer } from "../store/store.ts";
import type { AskedCall } from "./steps.ts";
import { unknownNote, why } from "./forward.ts";
import { previewFor } from "./preview.ts";
import { settle } from "./settle.ts";
import type { GateState } from "./state.ts";
import { argsBody, keeps } from "./leave.ts";

/** Pending requests one agent may have: a flood wears the approver down. */
const PENDING_CAP = 10;
/** How long an unclaimed result, and an unknown outcome, is remembered. */
const REMEMBER_MS = 10 * 60_000;
/** How long a question that sent a call back is shown with what the agent asks next. */
const QUESTION_MS = 24 * 60 * 60_000;

export function actionOf(gate: GateState, call: Call, exposed: Exposed): string {
  return actionDigest({
    v: 1,
    agent: call.agent,
    server: call.server,
    endpoint: gate.parts.inForce().endpoint(call.server),
    kind: call.kind,
    name: call.name,
    definition: definitionDigest(exposed.item.definition, exposed.item.volatile),
    arguments: call.args,
  });
}

/** The last attempt of this action whose outcome nobody knows, if it is recent. */
export async function earlierUnknown(
  gate: GateState,
  agent: string,
  action: string,
): Promise<{ readonly call: string; readonly at: number } | undefined> {
  const key = unknownNote(agent, action);
  const note = gate.unnoted.get(key) ?? (await gate.store.note(key));
  if (note === undefined) return undefined;
  const earlier = JSON.parse(note) as { readonly call: string; readonly at: number };
  return gate.now() - earlier.at <= REMEMBER_MS ? earlier : undefined;
}

/** Whether the last attempt of this action that came to an end, however long ago, is one whose outcome nobody knows. */
export async function unknownSince(gate: GateState, agent: string, action: string): Promise<boolean> {
  const key = unknownNote(agent, action);
  const note = gate.unnoted.get(key) ?? (await gate.store.note(key));
  if (note === undefined) return false;
  const { at } = JSON.parse(note) as { readonly at: number };
  return (await gate.store.lastRequest(agent, action, ["succeeded", "failed"], at)) === undefined;
}

/** What an approver asked back, where this call is what the agent makes of it. Believed only as far as it is signed. */
async function questionFor(gate: GateState, { call, action }: AskedCall): Promise<View["question"]> {
  const back = await gate.store.sentBack(gate.agent, call, action, gate.now() - QUESTION_MS);
  if (back === undefined) return undefined;
  const verdict = await answered(gate, back);
  return verdict.state === "returned"
    ? { by: verdict.by, text: verdict.comment, at: back.closedAt ?? back.openedAt }
    : undefined;
}

async function newRequest(gate: GateState, asked: AskedCall): Promise<Request> {
  const { call, exposed, decision } = asked;
  const earlier = await earlierUnknown(gate, call.agent, asked.action);
  const question = await questionFor(gate, asked);
  const view = buildView({
    agent: call.agent,
    server: call.server,
    endpoint: gate.parts.inForce().endpoint(call.server),
    kind: call.kind,
    name: call.name,
    access: decision.access,
    destructive: exposed.item.destructive,
    rules: decision.rules,
    args: call.args,
    ...(await previewFor(gate, asked)),
    ...(earlier === undefined ? {} : { earlier }),
    ...(question === undefined ? {} : { question }),
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
  });
  const nonce = randomBytes(16).toString("hex");
  const openedAt = gate.now();
  return {
    id: randomBytes(16).toString("hex"),
    code: requestCode(asked.action, nonce),
    call: asked.id,
    agent: call.agent,
    server: call.server,
    kind: call.kind,
    name: call.name,
    access: decision.access,
    destructive: exposed.item.destructive,
    argsText: asked.argsText,
    action: asked.action,
    definition: definitionDigest(exposed.item.definition, exposed.item.volatile),
    nonce,
    shown: viewDigest(view),
    view,
    rules: decision.rules,
    obligations: decision.obligations,
    ...(keeps(gate, call) && gate.parts.inForce().hides(call) === undefined ? {} : { brief: true }),
    state: "pending",
    openedAt,
    expiresAt: openedAt + Math.min(...decision.obligations.map((obligation) => obligation.expiresMs)),
    attended: true,
  };
}

function recordOpened(gate: GateState, asked: AskedCall, request: Request): void {
  gate.log.record({
    kind: "request.opened",
    request: request.id,
    call: asked.id,
    agent: request.agent,
    target: { server: request.server, kind: request.kind, name: request.name },
    why: why(asked.decision),
    args: argsBody(gate, request, request.argsText),
    action: request.action,
    nonce: request.nonce,
    shown: request.shown,
    expiresAt: request.expiresAt,
    obligations: request.obligations,
    claimed: asked.claimed,
  });
}

export type Joined =
  { readonly kind: "request"; readonly request: Request } | { readonly kind: "refused"; readonly answer: Given };

async function joinLive(gate: GateState, asked: AskedCall, request: Request): Promise<Joined> {
  gate.log.record({ kind: "request.joined", request: request.id, call: asked.id, agent: gate.agent });
  await gate.log.synced();
  return { kind: "request", request };
}

/** Puts on record that nobody is asked about this call. */
async function notAsked(gate: GateState, asked: AskedCall, detail: string): Promise<void> {
  const { server, kind, name } = asked.call;
  gate.log.record({
    kind: "call.denied",
    call: asked.id,
    agent: gate.agent,
    asked: asked.exposed.name,
    target: { server, kind, name },
    why: { ...why(asked.decision), detail },
    args: argsBody(gate, asked.call, asked.argsText),
    claimed: asked.claimed,
  });
  await gate.log.written();
}

/** The result of an identical asked call whose caller had gone, once. Rejects with SealedError. */
export async function replayed(gate: GateState, asked: AskedCall): Promise<Given | undefined> {
  const since = gate.now() - REMEMBER_MS;
  const finished = await gate.store.lastRequest(gate.agent, asked.action, ["succeeded", "failed"], since);
  if (finished === undefined || finished.attended) return undefined;
  const stored = await gate.store.takeResult(finished.id);
  if (stored === undefined) return undefined;
  gate.log.record({ kind: "call.replayed", call: asked.id, agent: gate.agent, request: finished.id });
  await gate.log.synced();
  return toldOfEdit(gate, finished, replayAnswer(stored));
}

/**
 * Whether a live request is for exactly this. Others for the same tool are settled on the way: what was answered while
 * nobody waited counts for what is asked next.
 */
export async function isAsked(gate: GateState, { call, action }: AskedCall): Promise<boolean> {
  const open = await gate.store.requests({ agent: gate.agent, states: ["pending", "approved", "executing"] });
  const same = open.find((request) => request.action === action);
  if (same !== undefined && !isOverdue(same, gate.now())) return true;
  const ofTool = ({ kind, server, name }: Request): boolean =>
    kind === call.kind && server === call.server && name === call.name;
  for (const request of open) if (request !== same && ofTool(request)) await settle(gate, request);
  return false;
}

/** The refusal for a tool that people denied again and again. */
export async function closedTool(gate: GateState, asked: AskedCall): Promise<Given | undefined> {
  const now = gate.now();
  const denials = await gate.store.endings(gate.agent, asked.call, "denied", now - DENIALS_MATTER_MS);
  const until = closedUntil(denials, now);
  if (until === undefined) return undefined;
  await notAsked(gate, asked, `denied three times; closed until ${new Date(until).toISOString()}`);
  return refusal(words.closedTool(Math.ceil((until - now) / 60_000)));
}

/** A question that is on record, and that nobody will be asked. */
const withdraw = (gate: GateState, { id }: Request, note: string): void =>
  void gate.log.record({ kind: "request.closed", request: id, state: "withdrawn", note });

/**
 * On record before it is in the store: should this process die in between, nobody can join, see or answer a question that
 * the log does not know.
 */
async function openRecorded(gate: GateState, asked: AskedCall, request: Request): Promise<OpenAnswer> {
  recordOpened(gate, asked, request);
  await gate.log.synced();
  try {
    return await gate.store.openRequest(request, PENDING_CAP);
  } catch (error) {
    withdraw(gate, request, "not stored");
    throw error;
  }
}

/** The request that this call waits for, or an answer when there can be none. Rejects with SealedError. */
export async function join(gate: GateState, asked: AskedCall): Promise<Joined> {
  const tooMany = async (pending: number): Promise<Joined> => {
    await notAsked(gate, asked, `${pending} requests are pending`);
    return { kind: "refused", answer: refusal(words.tooMany(pending)) };
  };
  // Looked up first: an identical call costs the server no second reading for a preview, and one too many none at all.
  const open = await gate.store.requests({ agent: gate.agent, states: ["pending", "approved", "executing"] });
  const current = open.filter((request) => !isOverdue(request, gate.now()));
  const live = current.find((request) => request.action === asked.action);
  if (live !== undefined) return joinLive(gate, asked, live);
  const pending = current.filter(({ state }) => state === "pending").length;
  if (pending >= PENDING_CAP) return tooMany(pending);
  const request = await newRequest(gate, asked);
  const opened = await openRecorded(gate, asked, request);
  for (const expired of opened.expired) gate.log.record({ kind: "request.closed", request: expired, state: "expired" });
  switch (opened.kind) {
    case "too-many":
      withdraw(gate, request, "too many are pending");
      return tooMany(opened.pending);
    case "joined":
      withdraw(gate, request, "the same was asked meanwhile");
      return joinLive(gate, asked, opened.request);
    case "opened":
      await gate.parts.announcer?.announce({ kind: "request.opened", about: noticed(opened.request) });
      return { kind: "request", request: opened.request };
  }
}
