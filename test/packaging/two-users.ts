/**
 * A gate set up by packaging/setup-separate-user.sh on this very machine, below a folder of its own: real users, the
 * installed program as root's, `kidoban serve` as the gate's user. Only for root.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Effect, LogEntry } from "../gateway/world.ts";
import { toItsEnd } from "../to-its-end.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Packages that are not in the bundles. */
const EXTERNAL = ["@photostructure/sqlite", "pino"];
const PASSPHRASE = "correct horse battery staple";

interface Locked {
  readonly packages: Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> }>>;
}

/** Those packages and all that they need, as npm installs them. */
function needed(): ReadonlySet<string> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Locked;
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const next of Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {})) add(next);
  };
  for (const name of EXTERNAL) add(name);
  return found;
}

/** As `npm install --global --prefix FOLDER` leaves it, root's. Gives dist/kidoban.js. */
export function install(folder: string): string {
  const target = join(folder, "lib/node_modules/kidoban");
  cpSync(join(ROOT, "dist"), join(target, "dist"), {
    recursive: true,
    filter: (path) => !/\.(?:map|d\.ts)$/.test(path),
  });
  copyFileSync(join(ROOT, "package.json"), join(target, "package.json"));
  for (const name of needed())
    cpSync(join(ROOT, "node_modules", name), join(target, "node_modules", name), {
      recursive: true,
      dereference: true,
    });
  cpSync(join(ROOT, "packaging"), join(target, "packaging"), { recursive: true });
  const made = toItsEnd("chmod", ["-R", "go-w,a+rX", folder]);
  if (made.status !== 0) throw new Error(made.stderr);
  return join(target, "dist/kidoban.js");
}

export interface Done {
  readonly code: number | null;
  readonly out: string;
}

/** Runs to the end as `user`, with the groups that a login would give. */
function as(user: string, env: Readonly<Record<string, string>>, command: readonly string[], input = ""): Done {
  const done = toItsEnd("setpriv", [`--reuid=${user}`, `--regid=${user}`, "--init-groups", "--", ...command], {
    env,
    input,
    cwd: "/",
  });
  return { code: done.status, out: done.stdout + done.stderr };
}

const uidOf = (user: string): number => Number(toItsEnd("id", ["-u", user]).stdout);

const envOf = (user: string, folder: string): Record<string, string> => ({
  PATH: "/usr/bin:/bin",
  HOME: folder,
  USER: user,
  LANG: "C.UTF-8",
});

export function makeTwoUsers() {
  const root = mkdtempSync(join(tmpdir(), "kidoban-users-"));
  chmodSync(root, 0o755);
  const users = { gate: `kdb${process.pid}g`, agent: `kdb${process.pid}a`, other: `kdb${process.pid}b` };
  const program = install(join(root, "opt/kidoban"));
  copyFileSync(join(ROOT, "test/campaigns/ledger-server.mjs"), join(root, "opt/ledger-server.mjs"));
  const setUp = (...more: string[]): Done => {
    const args = [
      "--prefix",
      root,
      "--user",
      users.gate,
      "--agent",
      `worker:${users.agent}`,
      "--agent",
      `other:${users.other}`,
    ];
    const script = join(program, "../../packaging/setup-separate-user.sh");
    const done = toItsEnd("sh", [script, ...args, ...more], {
      env: { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8" },
    });
    return { code: done.status, out: done.stdout + done.stderr };
  };
  const home = join(root, "var/lib/kidoban");
  const config = join(home, "gate/kidoban.yaml");
  const sockets = join(root, "run/kidoban");
  const ledger = join(home, "ledger.jsonl");
  const gateEnv = { ...envOf(users.gate, home), KIDOBAN_CONFIG: config };
  const agentEnv = envOf(users.agent, `/home/${users.agent}`);
  const asGate = (command: readonly string[], input?: string): Done => as(users.gate, gateEnv, command, input);
  const asAgent = (command: readonly string[]): Done => as(users.agent, agentEnv, command);
  const kidoban = (...args: string[]): Done => asGate([process.execPath, program, ...args]);
  let serving: ChildProcess | undefined;
  let said = "";
  let url = "";

  return {
    root,
    users,
    /** Once they are made. */
    get uids() {
      return { gate: uidOf(users.gate), agent: uidOf(users.agent), other: uidOf(users.other) };
    },
    /** The gate's group. */
    get gid() {
      return Number(toItsEnd("id", ["-g", users.gate]).stdout);
    },
    program,
    server: join(root, "opt/ledger-server.mjs"),
    home,
    config,
    sockets,
    ledger,
    stateDir: join(home, ".local/state/kidoban"),
    socketOf: (agent: string): string => join(sockets, agent, "gate.sock"),
    setUp,
    asGate,
    kidoban,
    /** A file of the gate's, as its own user writes one. */
    write(path: string, text: string): void {
      const done = asGate(["sh", "-c", 'umask 077 && cat >"$1"', "sh", path], text);
      if (done.code !== 0) throw new Error(done.out);
    },
    passphraseFile: join(home, "passphrase"),
    passphrase: PASSPHRASE,
    /** A program of the agent's own user; what it prints and how it ends. */
    asAgent,
    /** What that user gets for pieces of JavaScript of its own: for each the error's code, or what it got. */
    tries(steps: readonly string[]): readonly string[] {
      const code = `const fs = require("node:fs");
        for (const step of ${JSON.stringify(steps)})
          try { console.log(step, "GOT", String(new Function("fs", step)(fs)).length); }
          catch (error) { console.log(step, error.code ?? String(error)); }`;
      const said = asAgent([process.execPath, "-e", code]).out.trim().split("\n");
      if (said.length !== steps.length) throw new Error(said.join("\n"));
      return said;
    },
    /** Gives the pid of the gate itself. */
    async serve(): Promise<number> {
      const args = ["serve", "--json", "--listen", "127.0.0.1:0", "--socket-dir", sockets];
      const child = spawn(
        "setpriv",
        [`--reuid=${users.gate}`, `--regid=${users.gate}`, "--init-groups", "--", process.execPath, program, ...args],
        { env: gateEnv, cwd: "/", stdio: ["ignore", "pipe", "pipe"] },
      );
      child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
      let printed = "";
      await new Promise<void>((done, no) => {
        child.stdout.on("data", (bytes: Buffer) => {
          printed += bytes.toString();
          // The last line: agents can come.
          const found = /^\{"url":"([^"]+)"\}$/m.exec(printed)?.[1];
          if (found === undefined) return;
          url = found;
          done();
        });
        child.once("exit", () => no(new Error(`serve ended: ${said}`)));
      });
      serving = child;
      // setpriv becomes the program that it starts.
      return child.pid ?? 0;
    },
    url: () => url,
    said: () => said,
    async stop(): Promise<void> {
      const child = serving;
      if (child === undefined || child.exitCode !== null) return;
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
    },
    /** A real client whose way in, `kidoban connect`, runs as the agent's own user. */
    async client(): Promise<Client> {
      const as_ = [`--reuid=${users.agent}`, `--regid=${users.agent}`, "--init-groups", "--"];
      const client = new Client({ name: "test", version: "1" });
      await client.connect(
        new StdioClientTransport({
          command: "setpriv",
          args: [...as_, process.execPath, program, "connect", "--to", join(sockets, "worker/gate.sock")],
          env: agentEnv,
          cwd: "/",
        }),
      );
      return client;
    },
    effects: (): readonly Effect[] =>
      existsSync(ledger) ? (lines(readFileSync(ledger, "utf8")) as readonly Effect[]) : [],
    entries: (): readonly LogEntry[] => {
      const folder = join(home, ".local/state/kidoban/log");
      return readdirSync(folder)
        .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
        .toSorted()
        .flatMap((name) => lines(readFileSync(join(folder, name), "utf8")) as readonly LogEntry[]);
    },
    remove(): void {
      for (const user of [users.agent, users.other, users.gate]) toItsEnd("userdel", ["--remove", user]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const lines = (text: string): readonly unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

export type TwoUsers = ReturnType<typeof makeTwoUsers>;
