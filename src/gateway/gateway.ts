/**
 * One call, start to end: classify and decide, record, ask and claim where a human must, forward, record.
 * Every step is here in this order, and nowhere else. `policy/` is the decision point, this is the enforcement point.
 */

import { SealedError } from "../audit/log.ts";
import type { Claimed, Target, Why } from "../audit/entry.ts";
import { randomHex } from "../audit/random-hex.ts";
import type { Call, Decision } from "../policy/call.ts";
import { isObject, jsonText, type JsonObject } from "../policy/json.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, unknownName, worded, type Given } from "./answers.ts";
import { isMeant, REASON_ARGUMENT, WAIT_TOOL, type Exposed } from "./exposed.ts";
import { logsFor, send, sentAnswer, why } from "./forward.ts";
import { decideInForce, type InForce } from "./in-force.ts";
import { actionOf, closedTool, earlierUnknown, isAsked, join, replayed } from "./join.ts";
import { sendWithPass } from "./passes.ts";
import { ServerError, type AgentCall, type Answer } from "./ports.ts";
import type { GateState } from "./state.ts";
import type { AskedCall } from "./steps.ts";
import { argsBody, keeps } from "./leave.ts";
import { takeRetry } from "./prompt.ts";
import { giveTask } from "./tasks.ts";
import { wait } from "./wait.ts";

const REASON_LIMIT = 500;
/** What a call goes by in the log. */
const newId = randomHex(12);

/** Takes our own argument out before anything else looks at the arguments. */
function takeReason(
  exposed: Exposed,
  args: JsonObject,
): { readonly args: JsonObject; readonly reason: string | undefined } {
  if (!exposed.takesReason || !Object.hasOwn(args, REASON_ARGUMENT)) return { args, reason: undefined };
  const { [REASON_ARGUMENT]: reason, ...rest } = args;
  return { args: rest, reason: typeof reason === "string" ? reason.slice(0, REASON_LIMIT).toWellFormed() : undefined };
}

/** A prompt is completed under its server's own name for it. */
function argumentsFor({ item }: Exposed, { kind, args }: AgentCall): JsonObject {
  if (kind !== "completion" || !isObject(args["ref"]) || item.definition["uriTemplate"] !== undefined) return args;
  return { ...args, ref: { ...args["ref"], name: item.name } };
}

/** The gate's own errors become answers; anything else is a bug and goes up. */
function failed(error: unknown): Given {
  if (error instanceof SealedError) return refusal(words.sealed);
  if (error instanceof ServerError) return refusal(words.serverDown(error.message));
  throw error;
}

async function deny(
  gate: GateState,
  asked: Omit<AskedCall, "action" | "exposed">,
  incoming: AgentCall,
): Promise<Given> {
  const { decision, call } = asked;
  gate.log.record({
    kind: "call.denied",
    call: asked.id,
    agent: gate.agent,
    asked: incoming.name,
    target: { server: call.server, kind: call.kind, name: call.name },
    why: why(decision),
    args: argsBody(gate, call, asked.argsText),
    claimed: asked.claimed,
  });
  await gate.log.written();
  if (decision.hidden) return unknownName(incoming);
  return refusal(
    decision.cause === "invalid-arguments"
      ? words.invalidArguments(decision.detail ?? "")
      : words.denied(decision.reason),
  );
}

/** Refuses before there is a decision: a name that is not there (P1), a stop. Arguments with a credential of ours are not kept (P9). */
async function turnAway(
  gate: GateState,
  incoming: AgentCall,
  answer: Given,
  decided?: { readonly target: Target; readonly why: Why },
): Promise<Given> {
  const args = JSON.stringify(incoming.args);
  const { carries, hide } = gate.parts.secrets;
  const keep = !carries(args) && (decided === undefined || keeps(gate, decided.target));
  const { meta, ...claimed } = incoming.claimed;
  gate.log.record({
    kind: "call.denied",
    call: newId(),
    agent: gate.agent,
    asked: hide(incoming.name),
    ...decided,
    args: gate.log.body(
      keep ? args : "",
      keep && "json",
      undefined,
      decided && gate.parts.inForce().hides(decided.target)?.args,
    ),
    claimed: meta === undefined ? claimed : { ...claimed, meta: hide(meta) },
  });
  await gate.log.written();
  return answer;
}

/** Why a locked tool is hidden from this agent: the log says it, the agent is told of an unknown name. */
function hiddenBecause(
  gate: GateState,
  incoming: AgentCall,
): { readonly target: Target; readonly why: Why } | undefined {
  const hidden = gate.catalog().hidden(incoming.kind, incoming.name);
  if (hidden === undefined) return undefined;
  const target = { ...hidden, kind: incoming.kind };
  const call: Call = { agent: gate.agent, args: incoming.args, ...target };
  return { target, why: why(decideInForce(gate.parts.inForce(), call, gate.servers.live)) };
}

async function allow(
  gate: GateState,
  inForce: InForce,
  asked: Omit<AskedCall, "action">,
  incoming: AgentCall,
  action?: string,
): Promise<Given> {
  const sent = await send(gate, {
    id: asked.id,
    call: asked.call,
    access: asked.decision.access,
    argsText: asked.argsText,
    decision: asked.decision,
    basis: {
      inForce,
      stands: ({ effect, access }) => effect === "allow" && access === asked.decision.access,
    },
    claimed: asked.claimed,
    cancel: incoming.cancel,
    asker: incoming,
    action,
    trace: incoming.trace,
    logs: logsFor(incoming),
    progress: incoming.wantsProgress ? (params) => incoming.progress(params as { progress: number }) : undefined,
  });
  return sentAnswer(asked.call.server, sent);
}

async function ask(gate: GateState, asked: AskedCall, incoming: AgentCall): Promise<Given> {
  if (asked.call.kind === "completion") return turnAway(gate, incoming, refusal(words.completionHeld));
  const replay = await replayed(gate, asked);
  if (replay !== undefined) return replay;
  if (!(await isAsked(gate, asked))) {
    const sent = await sendWithPass(gate, asked, incoming);
    if (sent !== undefined) return sentAnswer(asked.call.server, sent);
    const closed = await closedTool(gate, asked);
    if (closed !== undefined) return closed;
  }
  const joined = await join(gate, asked);
  if (joined.kind === "refused") return joined.answer;
  if (incoming.retry !== undefined) await takeRetry(gate, joined.request, incoming.retry);
  return (await giveTask(gate, joined.request, asked.id, incoming)) ?? wait(gate, joined.request.id, incoming);
}

/** An allowed write whose last attempt ended nobody knows how is asked about, with that attempt shown. */
function askAgain(gate: GateState, decision: Decision): Decision {
  return { ...decision, effect: "ask", cause: "repeat-after-unknown", obligations: gate.floor() };
}

/** Credentials of ours in what the agent says, wherever it says it: all of it is kept, shown or sent on (P9). */
const carriesSecret = (
  { parts: { secrets } }: GateState,
  one: string | undefined,
  other: string | undefined,
): boolean => (one !== undefined && secrets.carries(one)) || (other !== undefined && secrets.carries(other));

async function pass(gate: GateState, exposed: Exposed, incoming: AgentCall): Promise<Given> {
  await gate.servers.ensure(exposed.server, Infinity);
  return settled(gate, exposed, incoming);
}

/** Decides, and begins what follows: whatever is let through at once is on its way to the log in this turn. */
function settled(gate: GateState, exposed: Exposed, incoming: AgentCall): Promise<Given> {
  const { args, reason } = takeReason(exposed, argumentsFor(exposed, incoming));
  const { kind } = incoming;
  const call: Call = { agent: gate.agent, server: exposed.server, kind, name: exposed.item.name, args };
  const argsText = jsonText(args);
  if (carriesSecret(gate, argsText, reason)) return turnAway(gate, incoming, refusal(words.secretInArguments));

  const claimed: Claimed = reason === undefined ? incoming.claimed : { ...incoming.claimed, reason };
  const inForce = gate.parts.inForce();
  const decision = decideInForce(inForce, call, gate.servers.live);
  const asked = { id: newId(), call, exposed, argsText, decision, reason, claimed };
  switch (decision.effect) {
    case "deny":
      return deny(gate, asked, incoming);
    case "allow":
      if (decision.access === "read") return allow(gate, inForce, asked, incoming);
      return allowWrite(gate, inForce, { ...asked, action: actionOf(gate, call, exposed) }, incoming);
    case "ask":
      return ask(gate, { ...asked, action: actionOf(gate, call, exposed) }, incoming);
  }
}

async function allowWrite(gate: GateState, inForce: InForce, asked: AskedCall, incoming: AgentCall): Promise<Given> {
  const { action, decision } = asked;
  if ((await earlierUnknown(gate, gate.agent, action)) === undefined)
    return allow(gate, inForce, asked, incoming, action);
  return ask(gate, { ...asked, decision: askAgain(gate, decision) }, incoming);
}

/** Waits for an earlier request of this agent, by its id; runs its stored call once when it is approved. */
async function waitTool(gate: GateState, incoming: AgentCall): Promise<Given> {
  const id = incoming.args["id"];
  const request = typeof id === "string" ? await gate.store.request(id) : undefined;
  if (request === undefined || request.agent !== gate.agent) return refusal(words.noSuchRequest);
  if (gate.parts.only !== undefined && request.server !== gate.parts.only) return refusal(words.noSuchRequest);
  if (request.kind !== "tool") return refusal(words.repeatInstead);
  if (incoming.retry !== undefined) await takeRetry(gate, request, incoming.retry);
  return wait(gate, request.id, incoming);
}

/** The first look at a call: whether anything may pass at all, and what it is of. */
function route(gate: GateState, incoming: AgentCall): Given | Promise<Given> {
  const { standing } = gate.stops;
  if (standing !== undefined) return turnAway(gate, incoming, refusal(words.stopped(standing.reason)));
  if (gate.log.sealed !== undefined) return refusal(words.sealed);
  const trace = incoming.trace === undefined ? undefined : JSON.stringify(incoming.trace);
  if (carriesSecret(gate, incoming.claimed.meta, trace))
    return turnAway(gate, incoming, refusal(words.secretInArguments));
  // Callable even where nothing may ask any more: a request may still be open.
  if (incoming.kind === "tool" && incoming.name === WAIT_TOOL) return waitTool(gate, incoming);
  const exposed = gate.catalog().find(incoming.kind, incoming.name);
  if (exposed === undefined) return turnAway(gate, incoming, unknownName(incoming), hiddenBecause(gate, incoming));
  if (!isMeant(exposed, incoming)) return turnAway(gate, incoming, unknownName(incoming));
  return gate.servers.compared(exposed.server) ? settled(gate, exposed, incoming) : pass(gate, exposed, incoming);
}

export async function handle(gate: GateState, incoming: AgentCall): Promise<Answer> {
  const cap = gate.parts.inForce().inFlight;
  gate.running += 1;
  try {
    if (gate.running <= cap) return worded(incoming.kind, await route(gate, incoming));
    return worded(incoming.kind, await turnAway(gate, incoming, refusal(words.tooManyInFlight(cap))));
  } catch (error) {
    return worded(incoming.kind, failed(error));
  } finally {
    gate.running -= 1;
  }
}
