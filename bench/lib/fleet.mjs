// The configuration with ten servers and 600 tools: written into a fresh folder, its locks by `kidoban pin` itself.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { FLEET, SHOWN } from "../servers/office.mjs";

/** Three ways in which what changes something is hidden: a ceiling, a list of what may be seen, and a rule. */
const WAYS = ["{ access: read-only }", '{ access: read-write, tools: ["find_*"] }', "{ access: read-write }"];
const RULES = `rules:
  - { id: looks-only, effect: deny, match: ["*/close_*"], reason: "This agent only looks." }
`;

const lines = (head, items, tail = "") => `kidoban: 1\n${head}servers:\n${items.join("\n")}\n${tail}`;

/** `kidoban`: the path of its program. Gives how many tools are left to list. */
export function writeFleet(folder, kidoban, server, env) {
  fs.mkdirSync(path.join(folder, "manifests"), { recursive: true });
  const servers = FLEET.map((id) => `  ${id}: { command: node, args: [${JSON.stringify(server)}, ${id}] }`);
  const config = path.join(folder, "kidoban.yaml");
  fs.writeFileSync(config, lines("", servers));
  const grants = FLEET.map((id, at) => `  ${id}: ${WAYS[at % WAYS.length]}`);
  fs.writeFileSync(path.join(folder, "manifests/bench.yaml"), lines("agent: bench\n", grants, RULES));
  execFileSync(process.execPath, [kidoban, "pin", "--accept-hints", "--config", config], { env, stdio: "pipe" });
  return FLEET.length * SHOWN;
}
