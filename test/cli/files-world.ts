/** A person's home with a configuration in it, the commands run on it in this process, and what they print. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Context } from "../../src/cli/context.ts";
import { failure } from "../../src/cli/failure.ts";
import { run as runProgram } from "../../src/cli/program.ts";
import type { Entry, EntryKind } from "../../src/audit/entry.ts";
import { parseEntry } from "../../src/audit/line.ts";
import { readEnv } from "../../src/config/env.ts";
import { createApproverKey } from "../../src/config/keys.ts";
import { openState } from "../../src/compose/state.ts";
import type { Store } from "../../src/store/store.ts";
import type { Language } from "../../src/words/words.ts";
import { keptFolder } from "../programs.ts";
import { stretchOnce } from "./stretched-once.ts";

stretchOnce(keptFolder());

export const PASSPHRASE = "a long enough passphrase";

/** What could drive a terminal or turn the reading direction; line ends are ours. */
export const DRIVES = /(?!\n)\p{Cc}|\u202e/u;

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly home: string;
  readonly config: string;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  path(name: string): string;
  put(name: string, text: string): void;
  /** Changes a text in a file; fails where it is not there. */
  change(name: string, from: string, to: string): void;
  /** `kidoban …` with this configuration. */
  kidoban(...argv: readonly string[]): Promise<Answer>;
  /** The one JSON value that it prints. */
  json(...argv: readonly string[]): Promise<Record<string, unknown>>;
  /** As another process of this person would. */
  inStore<T>(use: (store: Store) => Promise<T>): Promise<T>;
  entries<K extends EntryKind>(kind: K): readonly Extract<Entry["body"], { readonly kind: K }>[];
  /** Every path below the home, sorted. */
  tree(): readonly string[];
  remove(): void;
}

const tool = (name: string, access: string, properties: string, more = ""): string => `  ${name}:
    access: ${access}
${more}    reviewed: { by: aiko, on: 2026-11-21 }
    definition:
      name: ${name}
      inputSchema: { type: object, properties: { ${properties} }, required: [path] }
`;
const PATH = "path: { type: string }";

/** Reviewed whole by a person, so that `check` has nothing to say of it. */
export const LOCK = `kidoban: 1
endpoint: files-server ./workspace
tools:
${tool("read_file", "read", PATH)}${tool("write_file", "write", `${PATH}, content: { type: string }`, "    destructive: true\n")}${tool("move_file", "write", PATH, "    destructive: false\n")}`;

export const CONFIG = `kidoban: 1
servers:
  files: { command: files-server, args: [./workspace], root: ./workspace }
approvals: { assurance: operator, expires: 15m, redeem: 5m }
`;

const MANIFEST = `kidoban: 1
agent: docs-writer
servers:
  files: { access: read-write }
rules:
  - id: docs-only
    effect: deny
    match: [files/write_file]
    when: "!within(args.path, 'docs')"
    reason: Only docs/ may be changed.
`;

export interface Key {
  readonly name: string;
  readonly key: string;
  readonly file: string;
}

let keys: Promise<readonly [Key, Key]> | undefined;

/** Two key pairs, made once in a run: each takes half a second of scrypt. */
export const approverKeys = (): Promise<readonly [Key, Key]> => (keys ??= keptKeys());

async function keptKeys(): Promise<readonly [Key, Key]> {
  const path = join(keptFolder(), "approver-keys.json");
  if (!existsSync(path)) {
    const made = `${path}.${process.pid}`;
    writeFileSync(made, JSON.stringify(await makeKeys()));
    // Two workers at once keep two pairs; each file takes one of them, whole.
    renameSync(made, path);
  }
  return JSON.parse(readFileSync(path, "utf8")) as [Key, Key];
}

async function makeKeys(): Promise<readonly [Key, Key]> {
  const dir = mkdtempSync(join(tmpdir(), "kidoban-keys-"));
  const make = async (name: string): Promise<Key> => {
    const created = await createApproverKey(name, PASSPHRASE, dir);
    if (created.kind !== "created") throw new Error(created.kind);
    return { name, key: created.key, file: readFileSync(created.path, "utf8") };
  };
  const made = [await make("aiko"), await make("mallory")] as const;
  rmSync(dir, { recursive: true });
  return made;
}

export const approvers = (...list: readonly Key[]): string =>
  `approvers:\n${list.map(({ name, key }) => `  ${name}: { key: "${key}" }\n`).join("")}`;

export function makeWorld(files: Readonly<Record<string, string>> = {}, language: Language = "en"): World {
  const home = mkdtempSync(join(tmpdir(), "kidoban-files-"));
  const path = (name: string): string => join(home, name);
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  mkdirSync(path("gate/workspace"), { recursive: true });
  put("gate/kidoban.yaml", CONFIG);
  put("gate/manifests/docs-writer.yaml", MANIFEST);
  put("gate/kidoban.lock/files.yaml", LOCK);
  for (const [name, text] of Object.entries(files)) put(name, text);
  const variables = { HOME: home, PATH: process.env["PATH"], KIDOBAN_CONFIG: path("gate/kidoban.yaml") };
  const env = readEnv(variables);
  const kidoban = async (...argv: readonly string[]): Promise<Answer> => {
    let out = "";
    let err = "";
    const terminal: Context["terminal"] = {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      color: false,
      columns: 80,
      device: () => undefined,
    };
    const contextFor = (options: { readonly config?: string; readonly json?: boolean }): Context => ({
      terminal,
      env,
      language,
      configPath: options.config ?? env.configPath,
      stateDir: env.stateDir,
      json: options.json ?? false,
      now: () => Date.now(),
    });
    const code = await runProgram(contextFor, argv).catch((error: unknown) => failure(terminal, language, error));
    return { code, out, err };
  };
  return {
    home,
    config: path("gate/kidoban.yaml"),
    stateDir: env.stateDir,
    env: { ...variables, TERM: "xterm", LANG: "C.UTF-8" },
    path,
    put,
    change(name, from, to) {
      const text = readFileSync(path(name), "utf8");
      if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
      writeFileSync(path(name), text.replace(from, to));
    },
    kidoban,
    json: async (...argv) => JSON.parse((await kidoban("--json", ...argv)).out) as Record<string, unknown>,
    async inStore(use) {
      const state = await openState(env.stateDir, { role: "tool", now: Date.now });
      try {
        return await use(state.store);
      } finally {
        await state.close("test");
      }
    },
    entries: <K extends EntryKind>(kind: K) =>
      readdirSync(join(env.stateDir, "log"))
        .filter((name) => /^\d.*\.jsonl$/.test(name) && !name.includes("bodies"))
        .flatMap((name) =>
          readFileSync(join(env.stateDir, "log", name), "utf8")
            .trim()
            .split("\n"),
        )
        .map((line) => {
          const parsed = parseEntry(line);
          if (parsed.kind !== "entry") throw new Error(line);
          return parsed.entry;
        })
        .toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
        .map(({ body }) => body)
        .filter((body) => body.kind === kind) as unknown as readonly Extract<Entry["body"], { readonly kind: K }>[],
    tree: () => (existsSync(home) ? readdirSync(home, { recursive: true, encoding: "utf8" }).toSorted() : []),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** One whose configuration has this approver, and is accepted. */
export async function acceptedWorld(approver: Key): Promise<World> {
  const world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(approver) });
  await world.kidoban("accept", "--yes");
  return world;
}

/** Puts a key into the person's own folder, and a file with its passphrase beside it. */
export function giveKey(world: World, { name, file }: Key): string {
  world.put(`.config/kidoban/${name}.key.json`, file);
  chmodSync(world.path(`.config/kidoban/${name}.key.json`), 0o600);
  world.put("passphrase", `${PASSPHRASE}\n`);
  chmodSync(world.path("passphrase"), 0o600);
  return world.path("passphrase");
}
