/** The same gateway core over the same files, with the SDK in place of our lane and our door; all in this process. */

import { PassThrough } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { openRulebook } from "../../../src/compose/rulebook.ts";
import { openState } from "../../../src/compose/state.ts";
import { learningGuard } from "../../../src/compose/secret-guard.ts";
import { openGate } from "../../../src/gateway/open.ts";
import type { World } from "../../gateway/world.ts";
import type { EraName } from "../exceptions.ts";
import type { Pipes } from "../raw-client.ts";
import { serveSdk } from "./door.ts";
import { sdkServer } from "./server.ts";

const AGENT = "worker";

export async function sdkPath(world: World, server: EraName): Promise<Pipes> {
  const state = await openState(world.stateDir, { role: "gate", agent: AGENT, now: Date.now });
  const rulebook = await openRulebook({
    configPath: world.config,
    agent: AGENT,
    store: state.store,
    log: state.log,
    now: Date.now,
    broken(error) {
      throw error;
    },
  });
  const { config } = rulebook.accepted();
  const servers = new Map(
    [...(config?.servers ?? [])].map(([id, one]) => [id, sdkServer(one, server, { PATH: world.env["PATH"] ?? "" })]),
  );
  const gate = await openGate({
    agent: AGENT,
    process: state.process,
    store: state.store,
    log: state.log,
    servers,
    inForce: () => rulebook.inForce(),
    onInForceChanged: (listener) => rulebook.onChanged(listener),
    approveCommand: (code) => `kidoban approve ${code}`,
    secrets: learningGuard(),
    now: Date.now,
    only: undefined,
  });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const door = serveSdk(gate, new StdioServerTransport(input, output));
  return {
    input,
    output,
    async ended() {
      await door.close();
      rulebook.close();
      await gate.close(1000);
      await state.close("test over");
    },
  };
}
