// A folder with a configuration, one manifest that allows all that a server has, and a lock that `kidoban pin` made.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { once } from "node:events";

const REPOSITORY = resolve(import.meta.dirname, "../../..");
export const KIDOBAN = join(REPOSITORY, "dist/kidoban.js");
export const AGENT = "conformance";

/** `server`: members of the server in kidoban.yaml. Names stay the server's own; what it asks of its clients is relayed. */
export async function makeWorld(server) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-conformance-"));
  const folder = join(root, "config");
  const config = join(folder, "kidoban.yaml");
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: config,
  };
  const suite = { naming: "as-is", asks: { elicitation: "relay", sampling: "relay", roots: "relay" }, ...server };
  const manifest = {
    kidoban: 1,
    agent: AGENT,
    servers: { suite: { access: "read-write" } },
    rules: [{ id: "all", effect: "allow", match: ["tool", "resource", "prompt"].map((kind) => `${kind}:suite/*`) }],
  };
  mkdirSync(join(folder, "manifests"), { recursive: true });
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ kidoban: 1, servers: { suite } }, null, 2));
  writeFileSync(join(folder, "manifests", `${AGENT}.yaml`), JSON.stringify(manifest, null, 2));

  const start = (...args) =>
    spawn(process.execPath, [KIDOBAN, ...args], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const world = {
    env,
    start,
    /** What the command printed; throws unless it ended with 0. */
    async kidoban(...args) {
      const child = start(...args);
      const said = { stdout: "", stderr: "" };
      for (const stream of Object.keys(said))
        child[stream].setEncoding("utf8").on("data", (text) => (said[stream] += text));
      const [code] = await once(child, "close");
      if (code !== 0) throw new Error(`kidoban ${args.join(" ")} ended with ${code}\n${said.stdout}${said.stderr}`);
      return said.stdout;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  try {
    await world.kidoban("pin", "--accept-hints");
    return world;
  } catch (error) {
    world.remove();
    throw error;
  }
}
