/**
 * Uses an approval: everything is checked again, then one compare-and-set in the store takes the request, once, for good.
 * A row in the store is never believed: what counts is recomputed from statements, arguments and the rules in force.
 */

import { SealedError } from "../audit/log.ts";
import { definitionDigest } from "../approval/definition.ts";
import { actionDigest } from "../approval/action.ts";
import { quorum, type Quorum } from "../approval/quorum.ts";
import { redeemUntil, type Request } from "../approval/request.ts";
import { showsWhatRuns } from "../approval/show.ts";
import type { Call, Decision, Obligation } from "../policy/call.ts";
import { isDemanding } from "../policy/narrower.ts";
import type { JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { editObjection } from "./edited.ts";
import { decideInForce, lockedItem, type InForce } from "./in-force.ts";
import { isTaken, logsFor, send } from "./forward.ts";
import type { Caller, Claim } from "./steps.ts";
import { LIST_MAX_AGE_MS } from "./servers.ts";
import { changeStands } from "./preview.ts";
import type { StoredResult } from "../store/store.ts";
import type { GateState } from "./state.ts";

/** Whether the statements, and this process's own client where that suffices, meet what is asked. */
export async function answered(gate: GateState, request: Request): Promise<Quorum> {
  // One gesture over several is for what destroys nothing, whoever let it in.
  const statements = (await gate.store.statements(request.id)).filter(
    ({ passkey }) => !request.destructive || passkey?.batch === undefined,
  );
  const verdict = quorum(request, statements, gate.parts.inForce().approvers, gate.now());
  const clientAt = gate.clientApproved.get(request.id);
  if (verdict.state !== "open" || clientAt === undefined || !clientSuffices(request)) return verdict;
  return { state: "met", approvers: [], metAt: clientAt };
}

/**
 * Only where every obligation is content with one answer of anybody at the lowest assurance, and no approver had a hand
 * in what is asked.
 */
export const clientSuffices = (request: Pick<Request, "obligations" | "editedFrom">): boolean =>
  request.editedFrom === undefined &&
  request.obligations.every((one) => one.assurance === "client" && one.need === 1 && one.from.length === 0);

/** What the request says it is must follow from its arguments and from what the lock holds now. */
function unbound(inForce: InForce, request: Request, item: LockedItem, call: Call): string | undefined {
  const action = actionDigest({
    v: 1,
    agent: request.agent,
    server: request.server,
    endpoint: inForce.endpoint(request.server),
    kind: request.kind,
    name: request.name,
    definition: definitionDigest(item.definition, item.volatile),
    arguments: call.args,
  });
  if (action !== request.action) return "its definition, its server or the arguments changed";
  return showsWhatRuns(request) ? undefined : "what was shown is not what would run";
}

/**
 * True when the decision now demands something that the one the approvers saw did not. An allowed call is asked about
 * after an attempt with unknown outcome: then `floor`, the `approvals:` of now, is what it must meet.
 */
export function becameStricter(request: Request, now: Decision, floor: readonly Obligation[]): boolean {
  switch (now.effect) {
    case "deny":
      return true;
    case "allow":
      return !isDemanding(request.obligations, floor);
    case "ask":
      return !isDemanding(request.obligations, now.obligations);
  }
}

/** The call that a request holds, from the one serialisation of its arguments. */
export const callOf = ({ agent, server, kind, name, argsText }: Request): Call => ({
  agent,
  server,
  kind,
  name,
  args: JSON.parse(argsText) as JsonObject,
});

/** Runs the approved call of `request`, for a live caller or a task. Throws ServerError (the approval stays) and SealedError. */
export async function claim(gate: GateState, request: Request, incoming: Caller): Promise<Claim> {
  const given = await gate.store.statements(request.id);
  await gate.parts.confirm?.(given.map(({ body }) => body.approver));
  // A row that says more than its statements costs the server nothing.
  if ((await answered(gate, request)).state !== "met") return { kind: "lost" };
  await gate.servers.ensure(request.server, LIST_MAX_AGE_MS);
  const call = callOf(request);
  const item = lockedItem(gate.parts.inForce(), request);
  if (item === undefined) return { kind: "invalid", why: "it is not locked any more" };
  const broken = unbound(gate.parts.inForce(), request, item, call);
  if (broken !== undefined) return { kind: "invalid", why: broken };
  if (!(await changeStands(gate, request, item, call))) {
    return { kind: "invalid", why: "the change is not the one that was shown" };
  }
  const objection = await editObjection(gate, gate.parts.inForce(), request, item);
  if (objection !== undefined) return { kind: "invalid", why: objection };
  // It may have been restarted while the state before the change was read.
  if (!gate.servers.compared(request.server)) await gate.servers.ensure(request.server, LIST_MAX_AGE_MS);
  // From here to the compare-and-set nothing waits for anybody but the store.
  const inForce = gate.parts.inForce();
  const decision = decideInForce(inForce, call, gate.servers.live);
  if (becameStricter(request, decision, inForce.floor)) return { kind: "invalid", why: "the rules became stricter" };
  const verdict = await answered(gate, request);
  if (verdict.state !== "met") return { kind: "lost" };
  // Counted from the signed times: a later `redeemUntil` in the store prolongs nothing.
  if (gate.now() > redeemUntil(request.obligations, verdict.metAt)) {
    return { kind: "invalid", why: "the approval was not used in time" };
  }
  const taken = await gate.store.claim(request.id, request.action, gate.parts.process, gate.now());
  if (taken !== "claimed") return { kind: "lost" };
  gate.log.record({ kind: "request.claimed", request: request.id, call: request.call });
  const sending = send(gate, {
    id: request.call,
    call,
    access: request.access,
    argsText: request.argsText,
    decision: { ...decision, effect: "ask", rules: request.rules },
    basis: { inForce, stands: (now) => !becameStricter(request, now, gate.floor()) },
    claimed: incoming.claimed,
    request: request.id,
    action: request.action,
    definition: definitionDigest(item.definition, item.volatile),
    ...(incoming.trace === undefined ? {} : { trace: incoming.trace }),
    logs: logsFor(incoming),
    asker: incoming,
    // No `cancel`: an approved write is not called back because its caller lost patience; only a stop cancels it.
    progress: (params) => incoming.progress(params as { progress: number }),
  });
  const sent = await sending.catch(async (error: unknown) => {
    // Sealed before anything was sent; behind any other error nobody knows. Either way it runs no more.
    await finish(gate, request, error instanceof SealedError ? "failed" : "unknown");
    throw error;
  });
  const { forwarded, recorded } = sent;
  const { member, text, status } = forwarded;
  if (status === "not_sent") await finish(gate, request, "failed");
  // An outcome that is not on record is told to nobody (P4), in this process or another.
  else if (!recorded || member === undefined || text === undefined) await finish(gate, request, "unknown");
  else await finish(gate, request, status === "ok" ? "succeeded" : "failed", { member, text });
  return { kind: "sent", sent };
}

/** Where the store cannot take it, the log still has how it ended. */
async function finish(
  gate: GateState,
  { id }: Request,
  to: "succeeded" | "failed" | "unknown",
  result?: Pick<StoredResult, "member" | "text">,
): Promise<void> {
  const at = gate.now();
  await isTaken(gate.store.finish(id, to, at, result === undefined ? undefined : { ...result, at }));
}
