/**
 * The last three steps of every call: record the intent, send it, record the outcome (P4).
 * Nothing here decides; whoever calls it has leave to send.
 */

import { SealedError } from "../audit/log.ts";
import type { Call, Decision } from "../policy/call.ts";
import type { BodyRef } from "../audit/entry.ts";
import { agent as words } from "../words/agent.ts";
import { forwardedAnswer, refusal, type Given } from "./answers.ts";
import { argsBody, destination, isDurable, keeps, type Leave } from "./leave.ts";
import { CallQuestions } from "./questions.ts";
import type { Sent } from "./steps.ts";
import { StoreError } from "../store/store.ts";
import type { GateState } from "./state.ts";
import { type AgentCall, type Forwarded } from "./ports.ts";
import { isWanted, type LogMessage } from "./log-message.ts";

/** Where the caller wants the server's log messages while the call runs. */
export const logsFor = (incoming: Pick<AgentCall, "logLevel" | "log">): Leave["logs"] =>
  incoming.logLevel === undefined ? undefined : { level: incoming.logLevel, tell: (message) => incoming.log(message) };

export const why = (decision: Decision) => ({
  effect: decision.effect,
  access: decision.access,
  cause: decision.cause,
  rules: decision.rules,
  ...(decision.detail === undefined ? {} : { detail: decision.detail }),
});

const target = (call: Call) => ({ server: call.server, kind: call.kind, name: call.name });

/** Whether nobody knows if it took effect. */
const isUnknown = (forwarded: Forwarded): boolean =>
  forwarded.status === "timeout" || forwarded.status === "cancelled" || forwarded.status === "unknown";

function recordIntent(gate: GateState, leave: Leave): BodyRef {
  const args = argsBody(gate, leave.call, leave.argsText);
  gate.log.record({
    kind: "call.intent",
    call: leave.id,
    agent: leave.call.agent,
    target: target(leave.call),
    // As it is: it comes with each call of a tool, and its text is then made once.
    why: leave.decision,
    args,
    definition: leave.definition,
    request: leave.request,
    action: leave.action,
    claimed: leave.claimed,
  });
  return args;
}

function recordOutcome(gate: GateState, leave: Leave, args: BodyRef, forwarded: Forwarded, hidden: boolean): void {
  const { text } = forwarded;
  // As the server wrote it: with line ends between its members it has to be quoted to stay one line.
  const keep = text !== undefined && keeps(gate, leave.call) && (text.includes("\n") || "json");
  const detail = hidden ? "a configured secret was taken out of the answer" : forwarded.detail;
  gate.log.record({
    kind: "call.outcome",
    call: leave.id,
    status: forwarded.status,
    result:
      text === undefined ? undefined : gate.log.body(text, keep, args, gate.parts.inForce().hides(leave.call)?.result),
    detail,
  });
}

function listenTo(gate: GateState, { level, tell }: NonNullable<Leave["logs"]>): (message: LogMessage) => void {
  gate.messages.want(level);
  return (message) => {
    if (isWanted(message.level, level)) gate.messages.relay(message, tell);
  };
}

/** Everything is looked at in the turn in which the bytes leave: from there on only `cancelAll` reaches the call. */
function deliver(gate: GateState, leave: Leave): Forwarded | Promise<Forwarded> {
  const { call } = leave;
  const server = destination(gate, leave);
  if (typeof server === "string") return { status: "not_sent", detail: server };
  const inForce = gate.parts.inForce();
  if (server.inFlight >= inForce.limits(call.server).inFlight)
    return { status: "not_sent", detail: "it has too many calls in flight already" };
  return server.call({
    kind: call.kind,
    name: call.name,
    access: leave.access,
    argsText: leave.argsText,
    cancel: leave.cancel,
    timeoutMs: inForce.timeoutMs(call.server),
    trace: leave.trace,
    progress: leave.progress,
    logLevel: leave.logs?.level,
    log: leave.logs === undefined ? undefined : listenTo(gate, leave.logs),
    asking: leave.asker === undefined ? undefined : new CallQuestions(gate, leave, leave.asker),
  });
}

/** A server's port gives outcomes. Should it throw, nobody knows how far the call came (P5). */
const LOST: Forwarded = { status: "unknown", detail: "it failed on its way" };

/** Records, sends, records. Rejects with SealedError only when nothing was sent. */
export async function send(gate: GateState, leave: Leave): Promise<Sent> {
  const durable = isDurable(leave);
  const args = recordIntent(gate, leave);
  try {
    await (durable ? gate.log.synced() : gate.log.written());
  } catch (error) {
    // Its intent may be on the disk all the same.
    gate.log.record({ kind: "call.outcome", call: leave.id, status: "not_sent", detail: "the log was sealed before" });
    throw error;
  }

  let raw: Forwarded;
  try {
    raw = await deliver(gate, leave);
  } catch {
    raw = LOST;
  }
  const forwarded = withoutSecrets(gate, raw);
  recordOutcome(gate, leave, args, forwarded, forwarded.text !== raw.text);
  const passed = limited(gate, leave.call.server, forwarded);
  if (leave.action !== undefined && isUnknown(forwarded)) await noteUnknown(gate, leave, leave.action);
  try {
    await (durable ? gate.log.synced() : gate.log.written());
    return { forwarded: passed, recorded: true };
  } catch (error) {
    if (error instanceof SealedError) return { forwarded: passed, recorded: false };
    throw error;
  }
}

function withoutSecrets(gate: GateState, raw: Forwarded): Forwarded {
  const { hide } = gate.parts.secrets;
  const { text, detail } = raw;
  const hidden = text === undefined ? undefined : hide(text);
  if (hidden === text && detail === undefined) return raw;
  return {
    ...raw,
    ...(hidden === undefined ? {} : { text: hidden }),
    ...(detail === undefined ? {} : { detail: hide(detail) }),
  };
}

/** A result above the server's limit is on record, and that it was too long is what the agent gets. */
function limited(gate: GateState, server: string, forwarded: Forwarded): Forwarded {
  const { text } = forwarded;
  if (text === undefined) return forwarded;
  const { resultBytes } = gate.parts.inForce().limits(server);
  // A character has at most three bytes for each of its UTF-16 units.
  if (text.length * 3 <= resultBytes) return forwarded;
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes <= resultBytes) return forwarded;
  const error = { code: -32603, message: words.resultTooLong(server, bytes, resultBytes) };
  return { ...forwarded, member: "error", text: JSON.stringify(error) };
}

/** Where the last attempt of an action with unknown outcome is noted. */
export const unknownNote = (agent: string, action: string): string => `unknown/${agent}/${action}`;

async function noteUnknown(gate: GateState, leave: Leave, action: string): Promise<void> {
  const [key, note] = [unknownNote(leave.call.agent, action), JSON.stringify({ call: leave.id, at: gate.now() })];
  // Where the store does not take it, here at least it is asked about.
  if (!(await isTaken(gate.store.setNote(key, note)))) gate.unnoted.set(key, note);
}

/** Whether the store took it. A store that fails after a call was sent must not keep its outcome from the caller. */
export async function isTaken(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

export function sentAnswer(server: string, sent: Sent): Given {
  if (sent.recorded) return forwardedAnswer(server, sent.forwarded);
  return refusal(sent.forwarded.status === "not_sent" ? words.sealed : words.sentNotRecorded);
}
