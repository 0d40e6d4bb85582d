/** Opens a request for an asked call, or joins the live one with the same action. */

import { randomBytes } from "node:crypto";
import { actionDigest, requestCode } from "../approval/action.ts";
import { definitionDigest } from "../approval/definition.ts";
import { noticed } from "../approval/notice.ts";
import { isOverdue, type Request } from "../approval/request.ts";
import { buildView, viewDigest } from "../approval/show.ts";
import type { Call } from "../policy/call.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, type Given } from "./answers.ts";
import type { Exposed } from "./exposed.ts";
import type { AskedCall } from "./steps.ts";
import { unknownNote, why } from "./forward.ts";
import { previewFor } from "./preview.ts";
import type { GateState } from "./state.ts";

/** Pending requests one agent may have: a flood wears the approver down. */
const PENDING_CAP = 10;
/** How long an unclaimed result, and an unknown outcome, is remembered. */
export const REMEMBER_MS = 10 * 60_000;

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

async function newRequest(gate: GateState, asked: AskedCall): Promise<Request> {
  const { call, exposed, decision } = asked;
  const earlier = await earlierUnknown(gate, call.agent, asked.action);
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
    args: gate.log.body(request.argsText, "json"),
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

/** The request that this call waits for, or an answer when there can be none. Rejects with SealedError. */
export async function join(gate: GateState, asked: AskedCall): Promise<Joined> {
  // Looked up first: an identical call costs the server no second reading for a preview.
  const open = await gate.store.requests({ agent: gate.agent, states: ["pending", "approved", "executing"] });
  const live = open.find((request) => request.action === asked.action);
  if (live !== undefined && !isOverdue(live, gate.now())) return joinLive(gate, asked, live);
  const opened = await gate.store.openRequest(await newRequest(gate, asked), PENDING_CAP);
  for (const request of opened.expired) gate.log.record({ kind: "request.closed", request, state: "expired" });
  switch (opened.kind) {
    case "too-many":
      gate.log.record({
        kind: "call.denied",
        call: asked.id,
        agent: gate.agent,
        asked: asked.exposed.name,
        why: { ...why(asked.decision), detail: `${opened.pending} requests are pending` },
        args: gate.log.body(asked.argsText, "json"),
      });
      await gate.log.written();
      return { kind: "refused", answer: refusal(words.tooMany(opened.pending)) };
    case "joined":
      return joinLive(gate, asked, opened.request);
    case "opened":
      recordOpened(gate, asked, opened.request);
      try {
        await gate.log.synced();
      } catch (error) {
        // An unrecorded question must not be answered.
        await gate.store.move(opened.request.id, ["pending", "approved"], "withdrawn", gate.now(), {
          note: "not recorded",
        });
        throw error;
      }
      await gate.parts.announcer?.announce({ kind: "request.opened", about: noticed(opened.request) });
      return { kind: "request", request: opened.request };
  }
}
