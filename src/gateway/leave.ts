/** A call that has leave to be sent, and what may take it back until its last byte has left. Decides nothing anew. */

import type { BodyRef, Claimed } from "../audit/entry.ts";
import type { Access, Call, Decision } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { decideInForce, type InForce } from "./in-force.ts";
import type { Cancel, Server } from "./ports.ts";
import type { LogLevel, LogMessage } from "./log-message.ts";
import type { GateState } from "./state.ts";
import type { Asker } from "./steps.ts";

/** Members that may be undefined are named all the same where one is made: a spread for each would cost as much as the log. */
export interface Leave {
  /** The call's id in the log. */
  readonly id: string;
  readonly call: Call;
  readonly access: Access;
  readonly argsText: string;
  readonly decision: Decision;
  readonly claimed: Claimed;
  /** Digest of the locked definition; on writes. */
  readonly definition?: string | undefined;
  readonly action?: string | undefined;
  /** The request whose approval is used. */
  readonly request?: string | undefined;
  /** The pass that is used. */
  readonly pass?: string | undefined;
  readonly trace?: JsonObject | undefined;
  /** What it was decided by, and whether another decision leaves it its leave; not for reads of the gate's own. */
  readonly basis?: { readonly inForce: InForce; readonly stands: (now: Decision) => boolean };
  readonly cancel?: Cancel | undefined;
  readonly progress?: ((params: JsonObject) => void) | undefined;
  /** Log messages of the call that its caller wants, and whom to tell. */
  readonly logs?: { readonly level: LogLevel; readonly tell: (message: LogMessage) => void } | undefined;
  /** Whose client answers what the server asks; not for reads of the gate's own. */
  readonly asker?: Asker | undefined;
}

/** Whether its entries and what it says must outlive a crash of the machine. */
export const isDurable = (leave: Leave): boolean =>
  leave.access === "write" || leave.request !== undefined || leave.pass !== undefined;

/** Whether the log keeps bodies of such a call. */
export const keeps = (gate: GateState, call: Pick<Call, "server" | "kind" | "name">): boolean =>
  gate.parts.inForce().keepsBodies(call);

/** Keeps a call's arguments, or of what stands there no more than the configuration lets the log keep. */
export const argsBody = (gate: GateState, call: Pick<Call, "server" | "kind" | "name">, text: string): BodyRef =>
  gate.log.body(text, keeps(gate, call) && "json", undefined, gate.parts.inForce().hides(call)?.args);

/** While something was written or awaited, anything may have changed. */
function stillStands(gate: GateState, { basis, call }: Pick<Leave, "basis" | "call">): boolean {
  const inForce = gate.parts.inForce();
  return (
    basis === undefined || basis.inForce === inForce || basis.stands(decideInForce(inForce, call, gate.servers.live))
  );
}

/** The server that it may be sent to now, or why not a byte more of it may be. */
export function destination(gate: GateState, leave: Pick<Leave, "basis" | "call">): Server | string {
  if (gate.stops.standing !== undefined) return "stopped before it was sent";
  if (gate.log.sealed !== undefined) return "the log was sealed before it was sent";
  const server = gate.servers.usable(leave.call, gate.parts.inForce().endpoint(leave.call.server));
  if (server === undefined) return "the server was restarted or changed before it was sent";
  return stillStands(gate, leave) ? server : "the rules changed before it was sent";
}

/** Why not a byte more may be sent for it now, or undefined. */
export function obstacle(gate: GateState, leave: Pick<Leave, "basis" | "call">): string | undefined {
  const to = destination(gate, leave);
  return typeof to === "string" ? to : undefined;
}
