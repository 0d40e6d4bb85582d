/** A configuration with one server behind the gate, all of it allowed by a rule; the gate from dist/, and its log. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, REPOSITORY } from "../fresh-machine.mjs";

const KIDOBAN = join(REPOSITORY, "dist/kidoban.js");
const AGENT = "comparer";

/** Writes and pins it on `machine`. `program`: { command, args, env }, as the configuration names them. */
export async function gateFor(machine, id, program) {
  const folder = join(machine.home, "gate");
  const config = join(folder, "kidoban.yaml");
  const env = { ...machine.env, KIDOBAN_CONFIG: config };
  const manifest = {
    kidoban: 1,
    agent: AGENT,
    servers: { [id]: { access: "read-write" } },
    rules: [{ id: "all", effect: "allow", match: ["tool", "resource", "prompt"].map((kind) => `${kind}:${id}/*`) }],
  };
  mkdirSync(join(folder, "manifests"), { recursive: true });
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ kidoban: 1, servers: { [id]: program } }));
  writeFileSync(join(folder, "manifests", `${AGENT}.yaml`), JSON.stringify(manifest));
  const kidoban = (...args) => must(process.execPath, [KIDOBAN, ...args], { cwd: machine.home, env });
  await kidoban("pin", "--accept-hints");

  return {
    /** Where servers are started. */
    folder,
    stdio: {
      command: process.execPath,
      args: [KIDOBAN, "stdio", "--agent", AGENT],
      cwd: machine.home,
      env,
    },
    /** Throws unless the log is whole and has one intent and one outcome of a server for each of `count` calls. */
    async checkLog(count) {
      await kidoban("log", "verify");
      const log = join(env.XDG_STATE_HOME, "kidoban/log");
      const entries = readdirSync(log)
        .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
        .flatMap((name) => readFileSync(join(log, name), "utf8").split("\n"))
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
      const outcomes = new Map(
        entries.flatMap(({ kind, call, status }) => (kind === "call.outcome" ? [[call, status]] : [])),
      );
      const intents = entries.filter(({ kind }) => kind === "call.intent");
      assert.equal(intents.length, count, "intents in the log");
      for (const { call, target } of intents)
        assert.match(outcomes.get(call) ?? "none", /^(?:ok|tool_error|rpc_error)$/, `the outcome of ${target.name}`);
    },
  };
}
