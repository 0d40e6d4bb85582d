/** A person with a key, a state with an accepted configuration, and a terminal to sit at: `script` gives a real one. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Request } from "../../src/approval/request.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { sampleRequest } from "../approval/sample.ts";
import { builtOnce, keptFolder } from "../programs.ts";
import { approverKeys, PASSPHRASE } from "./files-world.ts";

/** The whole command line. */
export const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
export { PASSPHRASE };

export interface World {
  readonly store: Store;
  readonly env: NodeJS.ProcessEnv;
  readonly passphraseFile: string;
  /** A pending request, open from now on. */
  ask(path: string, more?: Partial<Request>): Promise<Request>;
  /** Every entry of every stream, as text. */
  log(): string;
  close(): Promise<void>;
}

/** The approvers' commands alone. */
export const approvalsProgram = (): Promise<string> => builtOnce("test/cli/approvals-program.ts");

/** `lines`: more of kidoban.yaml. The approver is aiko; her key stands in the accepted configuration. */
export async function makeWorld(): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), "kidoban-approve-"));
  const [aiko] = await approverKeys();
  mkdirSync(join(home, ".config/kidoban"), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, ".config/kidoban/aiko.key.json"), aiko.file, { mode: 0o600 });
  const yaml = `kidoban: 1\nservers: {}\napprovers:\n  aiko: { key: "${aiko.key}", groups: [ops] }\n`;
  const config = join(home, "kidoban.yaml");
  writeFileSync(config, yaml);
  const passphraseFile = join(home, "passphrase");
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
  const state = join(home, ".local/state/kidoban");
  const store = await openStore(state);
  await store.accept({ config, digest: "00", files: new Map([["kidoban.yaml", yaml]]), acceptedAt: 0, by: "test" });
  return {
    store,
    env: { PATH: process.env["PATH"], HOME: home, TERM: "xterm", LANG: "C.UTF-8", KIDOBAN_TEST_KEPT: keptFolder() },
    passphraseFile,
    async ask(path, more = {}) {
      const openedAt = Date.now();
      const request = sampleRequest({ openedAt, expiresAt: openedAt + 600_000, ...more }, { path });
      await store.openRequest(request, 100);
      return request;
    },
    log: () =>
      readdirSync(join(state, "log"))
        .filter((name) => name.endsWith(".jsonl"))
        .map((name) => readFileSync(join(state, "log", name), "utf8"))
        .join(""),
    async close() {
      await store.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program without any terminal: a session of its own, as a script or an agent's shell would. */
export function withoutTerminal(world: Pick<World, "env">, program: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: world.env, detached: true });
  return ended(child);
}

function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin?.end();
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

export interface Session {
  type(text: string): void;
  /** Resolves once the text has appeared after what was seen before; colours left out. */
  sees(text: string): Promise<void>;
  /** Everything shown so far. */
  shown(): string;
  /** The exit code. */
  ended(): Promise<number | null>;
}

/** Sits a person down at a real terminal (a pty) where the program runs. */
export function atTerminal(world: Pick<World, "env">, program: string, args: readonly string[]): Session {
  const quoted = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 100 rows 40; ${quoted}`, "/dev/null"], { env: world.env });
  let all = "";
  let from = 0;
  let look: (() => void) | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    all += text;
    look?.();
  });
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    type: (text) => void child.stdin.write(text),
    sees: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          const plain = stripVTControlCharacters(all);
          const at = plain.indexOf(text, from);
          if (at < 0) return;
          from = at + text.length;
          resolve();
        };
        look();
        void exit.then(() => reject(new Error(`ended without showing ${JSON.stringify(text)}:\n${all}`)));
      }),
    shown: () => stripVTControlCharacters(all),
    ended: () => exit,
  };
}
