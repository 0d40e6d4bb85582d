/**
 * A call that would be asked about, and a pass that lets it through: the pass is judged anew by what is in force, counted
 * once in the store, put on record, and the call is sent like an approved write.
 */

import { definitionDigest } from "../approval/definition.ts";
import { isFor, judgePass, type Pass, type PassUse } from "../approval/pass.ts";
import { decideInForce, lockedItem, type InForce } from "./in-force.ts";
import { logsFor, send } from "./forward.ts";
import { unknownSince } from "./join.ts";
import { LIST_MAX_AGE_MS } from "./servers.ts";
import type { AgentCall } from "./ports.ts";
import type { GateState } from "./state.ts";
import type { AskedCall, Sent } from "./steps.ts";
import type { Decision } from "../policy/call.ts";

/** The call as passes are judged by, with what counts now; undefined where it is not locked. */
function useOf(gate: GateState, inForce: InForce, { call }: AskedCall, { obligations }: Decision): PassUse | undefined {
  const item = lockedItem(inForce, call);
  return item === undefined
    ? undefined
    : {
        config: inForce.config,
        endpoint: inForce.endpoint(call.server),
        definition: definitionDigest(item.definition, item.volatile),
        destructive: item.destructive,
        obligations,
        approvers: inForce.approvers,
        now: gate.now(),
        ...call,
      };
}

async function refuse(gate: GateState, { body }: Pass, { id }: AskedCall, reason: string): Promise<undefined> {
  gate.log.record({ kind: "pass.refused", pass: body.pass, call: id, agent: gate.agent, reason });
  return undefined;
}

/** Sends with this pass; undefined where it does not count. Throws SealedError. */
async function sendWith(gate: GateState, pass: Pass, asked: AskedCall, incoming: AgentCall): Promise<Sent | undefined> {
  // From here to the compare-and-set nothing waits for anybody but the store.
  const inForce = gate.parts.inForce();
  const decision = decideInForce(inForce, asked.call, gate.servers.live);
  const use = useOf(gate, inForce, asked, decision);
  if (decision.effect !== "ask" || use === undefined) return undefined;
  const verdict = judgePass(pass, use);
  if (!verdict.counts) return refuse(gate, pass, asked, verdict.why);
  const { pass: id, count, until } = pass.body;
  const used = await gate.store.usePass({ id, agent: gate.agent, count, until, call: asked.id, now: use.now });
  if (used.kind === "refused") return refuse(gate, pass, asked, used.why);
  const { signers } = verdict;
  // On the device with the intent, before anything is sent (P4).
  gate.log.record({ kind: "pass.used", pass: id, call: asked.id, agent: gate.agent, use: used.use, signers });
  return send(gate, {
    id: asked.id,
    call: asked.call,
    access: decision.access,
    argsText: asked.argsText,
    decision,
    basis: {
      inForce,
      stands(now) {
        const then = useOf(gate, gate.parts.inForce(), asked, now);
        return now.effect === "ask" && then !== undefined && judgePass(pass, then).counts;
      },
    },
    claimed: asked.claimed,
    pass: id,
    action: asked.action,
    definition: use.definition,
    asker: incoming,
    trace: incoming.trace,
    logs: logsFor(incoming),
    // No `cancel`, as for any write that a human let through.
    progress: incoming.wantsProgress ? (params) => incoming.progress(params as { progress: number }) : undefined,
  });
}

/**
 * Lets an asked call through by a pass, the one that ends first; undefined where none counts, and people are asked. Throws
 * ServerError (no pass is used) and SealedError.
 */
export async function sendWithPass(gate: GateState, asked: AskedCall, incoming: AgentCall): Promise<Sent | undefined> {
  const use = useOf(gate, gate.parts.inForce(), asked, asked.decision);
  if (use === undefined || asked.decision.cause === "repeat-after-unknown") return undefined;
  const fitting = (await gate.store.passes({ agent: gate.agent, openAt: use.now }))
    .filter((pass) => isFor(pass, use))
    .toSorted((a, b) => a.body.until - b.body.until);
  if (fitting.length === 0) return undefined;
  if (await unknownSince(gate, gate.agent, asked.action)) {
    for (const pass of fitting) await refuse(gate, pass, asked, "unknown-before");
    return undefined;
  }
  await gate.parts.confirm?.(fitting.flatMap(({ signatures }) => signatures.map(({ approver }) => approver)));
  await gate.servers.ensure(asked.call.server, LIST_MAX_AGE_MS);
  for (const pass of fitting) {
    const sent = await sendWith(gate, pass, asked, incoming);
    if (sent !== undefined) return sent;
  }
  return undefined;
}
