/** The odd server of one era, asked directly and behind a real gate with a real manifest and lock. */

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeWorld, type World } from "../gateway/world.ts";
import type { EraName } from "./exceptions.ts";
import { DEFINITIONS, PROBES, type Probe } from "./probes.ts";
import { program, rawClient, type RawClient } from "./raw-client.ts";

const ODD_SERVER = resolve(import.meta.dirname, "odd-server.mjs");
const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");

export interface OddWorld {
  readonly world: World;
  direct(): Promise<RawClient>;
  through(client: EraName): Promise<RawClient>;
}

export function oddWorld(server: EraName): OddWorld {
  const world = makeWorld({
    server: ODD_SERVER,
    serverMembers: `    env: { ERA: ${server} }\n    naming: as-is`,
    rules: '  - { id: all, effect: allow, match: ["ledger/*", "prompt:ledger/*", "resource:ledger/*"] }',
    prepare: (root) =>
      writeFileSync(join(root, "probes.json"), JSON.stringify({ probes: PROBES, definitions: DEFINITIONS })),
  });
  const { PATH = "" } = world.env;
  return {
    world,
    direct: () => rawClient(server, program([ODD_SERVER, join(world.root, "probes.json")], { PATH, ERA: server })),
    through: (client) => rawClient(client, program([KIDOBAN, "stdio", "--agent", "worker"], world.env)),
  };
}

/** The question that the probe is the answer to. */
export function question({ kind, name }: Pick<Probe, "kind" | "name">): readonly [method: string, params: string] {
  switch (kind) {
    case "tool":
      return ["tools/call", `{"name":"${name}","arguments":{}}`];
    case "resource":
      return ["resources/read", `{"uri":"${name}"}`];
    case "prompt":
      return ["prompts/get", `{"name":"${name}","arguments":{}}`];
    case "completion":
      return [
        "completion/complete",
        `{"ref":{"type":"ref/prompt","name":"completes"},"argument":{"name":"${name}","value":""}}`,
      ];
  }
}
