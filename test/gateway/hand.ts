/**
 * A gate in this process over a real store, a real log and real files, in front of a server that the test moves by hand:
 * what happens between two steps of the flow can be put exactly there. Faults of disk and store are put around the real ones.
 */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signAcceptance } from "../../src/approval/acceptance.ts";
import { answer, type Desk } from "../../src/approval/desk.ts";
import { keyText } from "../../src/approval/signature.ts";
import type { Request, RequestState } from "../../src/approval/request.ts";
import type { AnswerWord } from "../../src/approval/statement.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { openRulebook } from "../../src/compose/rulebook.ts";
import { learningGuard } from "../../src/compose/secret-guard.ts";
import { openState } from "../../src/compose/state.ts";
import { digestOf } from "../../src/config/files.ts";
import { loadConfig } from "../../src/config/load.ts";
import { openGate } from "../../src/gateway/open.ts";
import type { AgentCall, Answer, Forwarded, ForwardedCall, Server } from "../../src/gateway/ports.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { storeDesk } from "../../src/store/desk.ts";
import type { Store } from "../../src/store/store.ts";
import { plainText } from "../plain.ts";

export const SECRET = "tok-1234567890-secret";

const definition = (name: string, properties: JsonObject = { text: { type: "string" } }): JsonObject => ({
  name,
  description: name,
  inputSchema: { type: "object", properties, required: ["text"] },
});
/** What the server lists and the lock holds at first. */
export const TOOLS: readonly JsonObject[] = [definition("look"), definition("change"), definition("poke")];

/** A server under the test's hand; it counts as up from the start. */
export function handServer(id: string, endpoint: string) {
  const listeners: ((reason: "list" | "restart") => void)[] = [];
  const updates: ((uri: string) => void)[] = [];
  const sent: ForwardedCall[] = [];
  /** What it was asked besides calls and lists. */
  const asked: string[] = [];
  const state = {
    tools: TOOLS,
    resources: [] as readonly JsonObject[],
    prompts: [] as readonly JsonObject[],
    answer: (_call: ForwardedCall): Promise<Forwarded> | Forwarded => ({
      status: "ok",
      member: "result",
      text: '{"content":[{"type":"text","text":"done"}]}',
    }),
    /** Before a list is given. */
    listing: async (): Promise<void> => undefined,
    watches: false,
    cancelled: 0,
    closed: false,
  };
  const server: Server = {
    id,
    endpoint,
    ready: async () => undefined,
    async list(kind) {
      await state.listing();
      return { tool: state.tools, resource: state.resources, prompt: state.prompts }[kind];
    },
    async call(call) {
      sent.push(call);
      return state.answer(call);
    },
    onChanged: (listener) => void listeners.push(listener),
    async watch(uri) {
      asked.push(`watch ${uri}`);
      return state.watches;
    },
    unwatch: (uri) => void asked.push(`unwatch ${uri}`),
    onUpdated: (listener) => void updates.push(listener),
    setLogLevel: (level) => void asked.push(`level ${level}`),
    onLogMessage: () => undefined,
    inFlight: 0,
    cancelAll: () => void (state.cancelled += 1),
    claimed: {},
    close: async () => void (state.closed = true),
  };
  const changed = (reason: "list" | "restart"): void => {
    for (const listener of listeners) listener(reason);
  };
  const updated = (uri: string): void => {
    for (const listener of updates) listener(uri);
  };
  return { server, sent, asked, state, changed, updated };
}

interface HandOptions {
  /** The manifest's `rules:`, as YAML list items. */
  readonly rules?: string;
  /** How long a call is held; 5s when left out. */
  readonly wait?: string;
  /** What the server may ask of clients, as in kidoban.yaml; nothing when left out. */
  readonly asks?: string;
  /** More of kidoban.yaml. */
  readonly config?: string;
  /** More of the lock's row of `change`, indented by four. */
  readonly lock?: string;
  /** Approvers beside the tester, all of them of `ops`. */
  readonly people?: readonly string[];
  /** Whether `change` can destroy. */
  readonly destructive?: boolean;
  /** Listed, and locked as reads. */
  readonly resources?: readonly JsonObject[];
  readonly prompts?: readonly JsonObject[];
  /** More of the grant, after its access. */
  readonly grant?: string;
  readonly log?: (log: AuditLog) => AuditLog;
  readonly store?: (store: Store) => Store;
}

const readsText = (section: string, definitions: readonly JsonObject[] = []): string =>
  definitions.length === 0
    ? ""
    : `${section}:\n${definitions
        .map((one) => {
          const name = one["uri"] ?? one["uriTemplate"] ?? one["name"];
          return `  ${JSON.stringify(name)}: { access: read, definition: ${JSON.stringify(one)} }\n`;
        })
        .join("")}`;

const lockText = (more: string, { resources, prompts, destructive = false }: HandOptions): string => `kidoban: 1
endpoint: "node server.mjs"
tools:
  look: { access: read, definition: ${JSON.stringify(TOOLS[0])} }
  change:
    access: write
    destructive: ${destructive}
${more}
    definition: ${JSON.stringify(TOOLS[1])}
  poke: { access: write, destructive: false, definition: ${JSON.stringify(TOOLS[2])} }
${readsText("resources", resources)}${readsText("prompts", prompts)}`;

const manifestText = (rules: string, wait = "5s", grant = ""): string => `kidoban: 1
agent: worker
wait: ${wait}
servers:
  hand: { access: read-write${grant} }
rules:
${rules === "" ? "  []" : rules}
`;

export async function handGate(options: HandOptions = {}) {
  const root = mkdtempSync(join(tmpdir(), "kidoban-hand-"));
  const folder = join(root, "config");
  const { privateKey } = generateKeyPairSync("ed25519");
  const keys = new Map<string, KeyObject>([["tester", privateKey]]);
  for (const name of options.people ?? []) keys.set(name, generateKeyPairSync("ed25519").privateKey);
  const approvers = [...keys].map(([name, key]) => ({ name, key: keyText(key), groups: ["ops"] }));
  let asks = options.asks ?? "{}";
  const gone = new Set<string>();
  const configText = (more: string): string => `kidoban: 1
servers:
  hand: { command: node, args: [server.mjs], asks: ${asks} }
approvers:
${approvers
  .filter(({ name }) => !gone.has(name))
  .map(({ name, key }) => `  ${name}: { key: ${JSON.stringify(key)}, groups: [ops] }`)
  .join("\n")}
${more}
`;
  const manifest = join(folder, "manifests", "worker.yaml");
  mkdirSync(join(folder, "manifests"), { recursive: true });
  mkdirSync(join(folder, "kidoban.lock"));
  writeFileSync(join(folder, "kidoban.yaml"), configText(options.config ?? ""));
  writeFileSync(
    manifest,
    manifestText(options.rules ?? "  - { id: free, effect: allow, match: [hand/change] }", options.wait, options.grant),
  );
  writeFileSync(join(folder, "kidoban.lock", "hand.yaml"), lockText(options.lock ?? "", options));

  const stateDir = join(root, "state");
  const state = await openState(stateDir, { role: "gate", agent: "worker", now: Date.now });
  const log = options.log?.(state.log) ?? state.log;
  const store = options.store?.(state.store) ?? state.store;
  const broken: unknown[] = [];
  const rulebook = await openRulebook({
    configPath: join(folder, "kidoban.yaml"),
    agent: "worker",
    store,
    log,
    now: Date.now,
    broken: (error) => void broken.push(error),
  });
  const hand = handServer("hand", "node server.mjs");
  hand.state.resources = options.resources ?? [];
  hand.state.prompts = options.prompts ?? [];
  const servers = new Map<string, Server>([["hand", hand.server]]);
  const secrets = learningGuard();
  secrets.learn("TOKEN", SECRET);
  const gate = await openGate({
    agent: "worker",
    process: state.process,
    store,
    log,
    servers,
    inForce: () => rulebook.inForce(),
    onInForceChanged: (listener) => rulebook.onChanged(listener),
    approveCommand: (code) => `kidoban approve ${code}`,
    secrets,
    now: Date.now,
    only: undefined,
  });

  const call = (
    name: string,
    args: JsonObject,
    more: Partial<Pick<AgentCall, "client" | "claimed" | "signal">> & Pick<AgentCall, "prompt" | "retry" | "ask"> = {},
  ): Promise<Answer> =>
    gate.call({
      kind: "tool",
      name,
      args,
      client: { era: "legacy", protocol: "2025-11-25", prompts: false },
      claimed: {},
      signal: new AbortController().signal,
      cancel: { requested: false, onRequest: () => () => undefined },
      progress: () => undefined,
      log: () => undefined,
      wantsProgress: false,
      ...more,
    });

  const desk: Desk = storeDesk({
    store: state.store,
    approvers: async () => approvers,
    record: async (entry) => {
      state.log.record(entry);
      await state.log.synced();
    },
    body: (json) => state.log.body(json, "json"),
    locked: async () => undefined,
    now: Date.now,
  });

  let ending: Promise<void> | undefined;
  /** Ends the gate as its process would. */
  const end = (): Promise<void> => {
    rulebook.close();
    return (ending ??= gate.close(100).then(() => state.close("test over")));
  };

  return {
    ...hand,
    gate,
    rulebook,
    store: state.store,
    process: state.process,
    broken,
    manifest,
    call,
    servers,
    writeAsks: (text: string) => {
      asks = text;
      writeFileSync(join(folder, "kidoban.yaml"), configText(options.config ?? ""));
    },
    removePerson: (name: string) => {
      gone.add(name);
      writeFileSync(join(folder, "kidoban.yaml"), configText(options.config ?? ""));
    },
    writeConfig: (more: string) => writeFileSync(join(folder, "kidoban.yaml"), configText(more)),
    writeManifest: (rules: string) => writeFileSync(manifest, manifestText(rules, options.wait, options.grant)),
    /** Changes rows behind the gate's back, as the same user could. */
    async tamper(sql: string, ...values: string[]): Promise<void> {
      const connection = (await sqliteDriver()).open(join(stateDir, "kidoban.db"), {});
      connection.prepare(sql).run(...values);
      connection.close();
    },
    config: join(folder, "kidoban.yaml"),
    /** Changes files and waits until the gate has taken it up. */
    async edit(change: () => void): Promise<void> {
      const came = new Promise<void>((done) => rulebook.onChanged(done));
      change();
      await came;
    },
    key: privateKey,
    /** As `kidoban accept` does, by the approver of the configuration. */
    async accept(by = "tester") {
      const config = join(folder, "kidoban.yaml");
      const { sources: files } = await loadConfig(config);
      const [digest, before] = [digestOf(files), await state.store.accepted(config)];
      const { digest: previous = "", acceptedAt: last = 0 } = before ?? {};
      const acceptedAt = Math.max(Date.now(), last + 1);
      const acceptance = signAcceptance({ v: 1, config, previous, digest, approver: by, acceptedAt }, privateKey);
      await state.store.accept({ config, digest, files, acceptedAt, by, previous, acceptance });
      await rulebook.refresh();
    },
    entries: (): readonly { readonly kind: string; readonly [member: string]: unknown }[] =>
      readdirSync(join(stateDir, "log"))
        .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
        .flatMap((name) => readFileSync(join(stateDir, "log", name), "utf8").split("\n"))
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    /** What was recorded stands in the files, bodies too. */
    settled: (): Promise<void> => state.log.synced(),
    /** Everything that stands in the state's log and store, as text. */
    async everything(): Promise<string> {
      await state.log.synced();
      return [join(stateDir, "log"), stateDir]
        .flatMap((dir) => readdirSync(dir, { withFileTypes: true }).map((one) => ({ dir, one })))
        .filter(({ one }) => one.isFile())
        .map(({ dir, one }) => plainText(join(dir, one.name)))
        .join("\n");
    },
    async waitFor(wanted: RequestState): Promise<Request> {
      for (let tries = 0; tries < 1500; tries += 1) {
        const [found] = await state.store.requests({ states: [wanted] });
        if (found !== undefined) return found;
        await new Promise((done) => setTimeout(done, 10));
      }
      throw new Error(`no ${wanted} request`);
    },
    desk,
    keyOf: (name: string): KeyObject => keys.get(name) ?? privateKey,
    answer: (request: Request, word: AnswerWord = "approve", by = "tester", comment?: string) =>
      answer(
        desk,
        request,
        word,
        { approver: by, key: keys.get(by) ?? privateKey },
        Date.now(),
        comment === undefined ? {} : { comment },
      ),
    stateDir,
    end,
    async close() {
      await end();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export type Hand = Awaited<ReturnType<typeof handGate>>;

/** What the agent reads of an answer. */
export function said(answer: Answer): string {
  if (answer.kind === "prompt" || answer.kind === "task") return answer.kind;
  if (answer.kind === "error") return answer.text;
  const { content } = JSON.parse(answer.text) as { readonly content: readonly { readonly text: string }[] };
  return content.map(({ text }) => text).join("\n");
}
