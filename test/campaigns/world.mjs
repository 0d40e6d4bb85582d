/** What a campaign runs in: a throw-away folder with a configuration, an approver, one state for all, and the ledger server. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const KIDOBAN = join(here, "../../dist/kidoban.js");
const SERVER = join(here, "ledger-server.mjs");

const configuration = (ledger, key, timeout) => `kidoban: 1
servers:
  ledger:
    command: ${JSON.stringify(process.execPath)}
    args: [${JSON.stringify(SERVER)}, ${JSON.stringify(ledger)}]
    timeout: ${timeout}
approvers:
  tester: { key: ${JSON.stringify(key)} }
approvals: { assurance: operator, expires: 30s, redeem: 15s }
`;

const manifest = (agent) => `kidoban: 1
agent: ${agent}
wait: 3s
servers:
  ledger: { access: read-write }
rules:
  - { id: free, effect: allow, match: [ledger/slow_append, ledger/append_and_*] }
`;

/**
 * Makes it. `read` passes, `slow_append` and what misbehaves are allowed by a rule, every other write asks. Agents beyond
 * the first, `campaign`, are called `campaign-2` and so on. `state`: left out, in the same folder. `timeout`: of a call to
 * the server; more than what hangs on purpose is to take where nothing else may run into it.
 */
export function makeWorld({ agents = 1, state, timeout = "3s" } = {}) {
  const root = mkdtempSync(join(tmpdir(), "campaign-"));
  const config = join(root, "config");
  const ledger = join(root, "ledger.jsonl");
  const passphrase = join(root, "passphrase");
  mkdirSync(join(config, "manifests"), { recursive: true });
  writeFileSync(passphrase, "a passphrase of the campaign\n", { mode: 0o600 });
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: state ?? join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: join(config, "kidoban.yaml"),
  };
  const options = { cwd: config, env };
  const must = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [KIDOBAN, ...args], {
      ...options,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`kidoban ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout + stderr;
  };
  const added = must("approver", "add", "tester", "--passphrase-file", passphrase);
  const key = /ed25519:[A-Za-z0-9_-]{43}/.exec(added)?.[0];
  if (key === undefined) throw new Error(`no key in: ${added}`);
  writeFileSync(join(config, "kidoban.yaml"), configuration(ledger, key, timeout));
  const names = Array.from({ length: agents }, (_, at) => (at === 0 ? "campaign" : `campaign-${at + 1}`));
  for (const name of names) writeFileSync(join(config, `manifests/${name}.yaml`), manifest(name));
  must("pin", "ledger", "--accept-hints");
  return {
    root,
    ledger,
    state: join(env.XDG_STATE_HOME, "kidoban"),
    log: join(env.XDG_STATE_HOME, "kidoban/log"),
    keys: { tester: key },
    gate: { command: process.execPath, args: [KIDOBAN, "stdio", "--agent", "campaign"], options },
    /** A gate of that agent; `node`: what stands before the program. */
    gateOf: (agent, { node = [], env: more = {} } = {}) => ({
      command: process.execPath,
      args: [...node, KIDOBAN, "stdio", "--agent", agent],
      options: { ...options, env: { ...env, ...more } },
    }),
    agents: names,
    /** Starts `kidoban …` and gives the child, with its output in `child.said`. */
    start(...args) {
      return this.startUnder({}, ...args);
    },
    /** The same; `node`: what stands before the program. */
    startUnder({ node = [], env: more = {} }, ...args) {
      const child = spawn(process.execPath, [...node, KIDOBAN, ...args], {
        ...options,
        env: { ...env, ...more },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (child.said += bytes));
      return child;
    },
    answer: (word, request) => [word, request, "--passphrase-file", passphrase],
    must,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
