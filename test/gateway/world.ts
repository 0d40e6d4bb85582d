/**
 * A folder with a configuration, an approver and a state of its own; real gates from dist/ in front of a server that keeps
 * its own ledger of effects; real clients before them.
 */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { keyText } from "../../src/approval/signature.ts";
import { answer, type Answered, type Desk } from "../../src/approval/desk.ts";
import type { AnswerWord } from "../../src/approval/statement.ts";
import type { Request, RequestState } from "../../src/approval/request.ts";
import { signAcceptance } from "../../src/approval/acceptance.ts";
import { accept, proposalOf, type AcceptAnswer } from "../../src/compose/proposal.ts";
import { lockedNow } from "../../src/compose/locked-now.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { storeDesk } from "../../src/store/desk.ts";
import { pinOnce } from "../pinned.ts";
import { plainText } from "../plain.ts";
import { toItsEnd } from "../to-its-end.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const LEDGER_SERVER = resolve(import.meta.dirname, "../campaigns/ledger-server.mjs");

export interface Effect {
  readonly pid: number;
  readonly tool: string;
  readonly id: string;
  readonly value?: string;
}

export interface LogEntry {
  readonly kind: string;
  readonly [member: string]: unknown;
}

interface WorldOptions {
  /** Members of kidoban.yaml after `servers:`. */
  readonly config?: string;
  /** Members of the manifest's `rules:`, as YAML list items. */
  readonly rules?: string;
  readonly access?: "read-write" | "read-only";
  /** Members of the manifest itself. */
  readonly manifest?: string;
  /** Another server than the one with the ledger; given the same path as its argument. */
  readonly server?: string;
  /** More members of the server, as indented YAML lines. */
  readonly serverMembers?: string;
  /** Runs in the fresh folder before anything is started. */
  readonly prepare?: (root: string) => void;
}

export function makeWorld(options: WorldOptions = {}) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-test-"));
  const folder = join(root, "config");
  const ledger = join(root, "ledger.jsonl");
  const config = join(folder, "kidoban.yaml");
  const { privateKey } = generateKeyPairSync("ed25519");
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: config,
  };
  const stateDir = join(root, "state", "kidoban");
  const configText = (more: string): string => `kidoban: 1
servers:
  ledger:
    command: ${JSON.stringify(process.execPath)}
    args: [${JSON.stringify(options.server ?? LEDGER_SERVER)}, ${JSON.stringify(ledger)}]
${options.serverMembers ?? ""}
approvers:
  tester: { key: ${JSON.stringify(keyText(privateKey))}, groups: [ops] }
${more}
`;
  const manifestText = (rules: string, manifest = options.manifest ?? "wait: 20s"): string => `kidoban: 1
agent: worker
${manifest}
servers:
  ledger: { access: ${options.access ?? "read-write"} }
rules:
${rules === "" ? "  []" : rules}
`;
  mkdirSync(join(folder, "manifests"), { recursive: true });
  writeFileSync(config, configText(options.config ?? ""));
  writeFileSync(join(folder, "manifests", "worker.yaml"), manifestText(options.rules ?? ""));

  options.prepare?.(root);

  const kidoban = (...args: string[]): { readonly status: number | null; readonly out: string } => {
    const done = toItsEnd(process.execPath, [KIDOBAN, ...args], { env, cwd: root });
    return { status: done.status, out: done.stdout + done.stderr };
  };
  pinOnce({ root, folder }, () => {
    const pinned = kidoban("pin", "--accept-hints");
    if (pinned.status !== 0) throw new Error(pinned.out);
  });

  let state: State | undefined;
  const open = async (): Promise<State> => (state ??= await openState(stateDir, { role: "tool", now: Date.now }));
  /** Where somebody of the group `ops` answers and changes requests, with the key of the configuration unless told otherwise. */
  const deskOf = async (approver = "tester", key = privateKey): Promise<Desk> => {
    const { store, log } = await open();
    return storeDesk({
      store,
      approvers: async () => [{ name: approver, key: keyText(key), groups: ["ops"] }],
      async record(entry) {
        log.record(entry);
        await log.synced();
      },
      body: (json) => log.body(json, "json"),
      locked: (one) => lockedNow(store, one),
      now: Date.now,
    });
  };
  const clients: { close(): Promise<void> }[] = [];
  const entries = (): LogEntry[] =>
    readdirSync(join(stateDir, "log"))
      .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
      .toSorted()
      .flatMap((name) => readFileSync(join(stateDir, "log", name), "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LogEntry);
  const applied = (): number => entries().filter(({ kind }) => kind === "config.applied").length;

  return {
    root,
    folder,
    config,
    env,
    stateDir,
    kidoban,
    key: privateKey,
    /** The gate on stdio, for other clients than the one below. */
    command: (agent: string): readonly string[] => [process.execPath, KIDOBAN, "stdio", "--agent", agent],
    /** Changes rows behind the gates' back, as the same user could. */
    async tamper(sql: string, ...values: string[]): Promise<void> {
      const connection = (await sqliteDriver()).open(join(stateDir, "kidoban.db"), {});
      connection.prepare(sql).run(...values);
      connection.close();
    },
    /** Everything that stands in the state's log and store, as text, of files whose names `of` lets pass. */
    everything: (of: (name: string) => boolean = () => true): string =>
      readdirSync(stateDir, { withFileTypes: true, recursive: true })
        // Not the locks of those that live: whoever reads and closes its own lets go of it (POSIX fcntl).
        .filter((one) => one.isFile() && of(one.name) && one.parentPath !== join(stateDir, "live"))
        .map((one) => plainText(join(one.parentPath, one.name)))
        .join("\n"),
    lock: join(folder, "kidoban.lock", "ledger.yaml"),
    state: open,
    desk: deskOf,
    writeConfig: (more: string) => writeFileSync(config, configText(more)),
    writeManifest: (rules: string, manifest?: string) =>
      writeFileSync(join(folder, "manifests", "worker.yaml"), manifestText(rules, manifest)),
    /** Changes files, and waits until a running gate has taken it up. */
    async edit(change: () => unknown): Promise<void> {
      const before = applied();
      await change();
      while (applied() === before) await new Promise((done) => setTimeout(done, 25));
    },
    effects: (): Effect[] =>
      existsSync(ledger)
        ? readFileSync(ledger, "utf8")
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as Effect)
        : [],
    entries,
    async client(capabilities: ClientCapabilities = {}, setUp: (client: Client) => void = () => undefined) {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [KIDOBAN, "stdio", "--agent", "worker"],
        env,
        stderr: "pipe",
      });
      let said = "";
      transport.stderr?.on("data", (bytes: Buffer) => (said += bytes.toString()));
      const client = new Client({ name: "test", version: "1" }, { capabilities });
      setUp(client);
      await client.connect(transport);
      clients.push(client);
      return Object.assign(client, { pid: () => transport.pid ?? 0, said: () => said });
    },
    async waitFor(states: readonly RequestState[], count = 1): Promise<readonly Request[]> {
      const { store } = await open();
      for (let tries = 0; tries < 800; tries += 1) {
        const found = await store.requests({ states });
        if (found.length >= count) return found;
        await new Promise((done) => setTimeout(done, 25));
      }
      throw new Error(
        `no ${states.join("/")} request; there are: ${(await store.requests({})).map((one) => one.state).join(", ")}`,
      );
    },
    async answer(
      request: Request,
      word: AnswerWord,
      key: KeyObject = privateKey,
      approver = "tester",
      comment?: string,
    ): Promise<Answered> {
      const desk = await deskOf(approver, key);
      return answer(desk, request, word, { approver, key }, Date.now(), comment === undefined ? {} : { comment });
    },
    /** As `kidoban accept` does, signed by the approver of the configuration. */
    async accept(): Promise<AcceptAnswer> {
      const proposal = await proposalOf(config, (await open()).store);
      const { digest, previous = "", acceptableFrom } = proposal;
      const acceptedAt = Math.max(Date.now(), acceptableFrom);
      const body = { v: 1, config, previous, digest, approver: "tester", acceptedAt } as const;
      return accept(await open(), proposal, signAcceptance(body, privateKey));
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await state?.close("test over");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type World = ReturnType<typeof makeWorld>;

export interface ToolAnswer {
  readonly isError?: boolean;
  readonly content: readonly { readonly text?: string }[];
}

export const textOf = (result: unknown): string =>
  (result as ToolAnswer).content.map((block) => block.text ?? "").join("\n");
