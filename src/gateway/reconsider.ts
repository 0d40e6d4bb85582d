/** After the rules changed: pending requests that are now asked more strictly, or denied, are void. */

import type { JsonObject } from "../policy/json.ts";
import type { Call } from "../policy/call.ts";
import { becameStricter } from "./claim.ts";
import { decideInForce } from "./in-force.ts";
import type { GateState } from "./state.ts";

const NOTE = "the rules became stricter";

export async function reconsider(gate: GateState): Promise<void> {
  const open = await gate.store.requests({ agent: gate.agent, states: ["pending", "approved"] });
  for (const request of open) {
    const call: Call = {
      agent: request.agent,
      server: request.server,
      kind: request.kind,
      name: request.name,
      args: JSON.parse(request.argsText) as JsonObject,
    };
    if (!becameStricter(request, decideInForce(gate.parts.inForce(), call, gate.servers.live))) continue;
    if (!(await gate.store.move(request.id, ["pending", "approved"], "invalidated", gate.now(), { note: NOTE })))
      continue;
    gate.log.record({ kind: "request.closed", request: request.id, state: "invalidated", note: NOTE });
  }
  await gate.log.synced();
}
