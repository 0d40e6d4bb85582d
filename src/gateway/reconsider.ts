/** After the rules changed: pending requests that are now asked more strictly, or denied, are void. */

import { becameStricter, callOf } from "./claim.ts";
import { decideInForce } from "./in-force.ts";
import type { GateState } from "./state.ts";

const NOTE = "the rules became stricter";

export async function reconsider(gate: GateState): Promise<void> {
  const open = await gate.store.requests({ agent: gate.agent, states: ["pending", "approved"] });
  for (const request of open) {
    const decision = decideInForce(gate.parts.inForce(), callOf(request), gate.servers.live);
    if (!becameStricter(request, decision, gate.floor())) continue;
    if (!(await gate.store.move(request.id, ["pending", "approved"], "invalidated", gate.now(), { note: NOTE })))
      continue;
    gate.log.record({ kind: "request.closed", request: request.id, state: "invalidated", note: NOTE });
  }
  await gate.log.synced();
}
