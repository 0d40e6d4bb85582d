/**
 * The processes of the campaign of answers, for `answers.mjs`, which bundles it: gates of one agent before a server that
 * only writes down what reached it, and desks that answer in parallel. Store, log, files, gate and desk are the real ones.
 */

import { appendFileSync, readFileSync } from "node:fs";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answer, type Desk } from "../../src/approval/desk.ts";
import { keyText } from "../../src/approval/signature.ts";
import { quorum } from "../../src/approval/quorum.ts";
import type { AnswerWord } from "../../src/approval/statement.ts";
import { approversNow } from "../../src/compose/approvers-now.ts";
import { openRulebook } from "../../src/compose/rulebook.ts";
import { learningGuard } from "../../src/compose/secret-guard.ts";
import { openState } from "../../src/compose/state.ts";
import { openGate } from "../../src/gateway/open.ts";
import type { Answer, Server } from "../../src/gateway/ports.ts";
import { storeDesk } from "../../src/store/desk.ts";

export { sqliteDriver } from "../../src/store/driver.ts";
export { openStore } from "../../src/store/sqlite.ts";
export { quorum };

export interface Given {
  readonly approver: string;
  readonly word: AnswerWord;
}

/** What a process is told: a round's call, or a round's answers to it. `shift`: ms by which its clock is ahead. */
type Order =
  | { readonly n: number; readonly shift: number; readonly call: { readonly tool: string; readonly text: string } }
  | { readonly n: number; readonly shift: number; readonly request: string; readonly answers: readonly Given[] };

export const TOOLS = ["one", "two", "stages"] as const;
const definition = (name: string) => ({
  name,
  inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
});

/** People of the configuration, and how their keys are told to the desks. */
export function people(
  count: number,
): readonly { readonly name: string; readonly key: string; readonly pem: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { name: `person-${index}`, key: keyText(privateKey), pem };
  });
}

/** The files of the campaign, by their paths in its folder. Every third person may break the glass. */
export const files = (known: ReturnType<typeof people>): Readonly<Record<string, string>> => ({
  "kidoban.yaml": `kidoban: 1
servers:
  sink: { command: node, args: [sink.mjs] }
approvers:
${known
  .map(({ name, key }, index) => `  ${name}: { key: "${key}", groups: [ops${index % 3 === 0 ? ", chiefs" : ""}] }`)
  .join("\n")}
`,
  "manifests/worker.yaml": `kidoban: 1
agent: worker
wait: 60s
servers:
  sink: { access: read-write }
rules:
  - { id: one, effect: ask, match: [sink/one], approval: { break_glass: [chiefs] } }
  - { id: two, effect: ask, match: [sink/two], approval: { need: 5, break_glass: [chiefs] } }
  - id: stages
    effect: ask
    match: [sink/stages]
    approval: { stages: [{ from: [ops], need: 2 }, { from: [chiefs], need: 1 }], break_glass: [chiefs] }
`,
  "kidoban.lock/sink.yaml": `kidoban: 1
endpoint: "node sink.mjs"
tools:
${TOOLS.map((name) => `  ${name}: { access: write, destructive: false, definition: ${JSON.stringify(definition(name))} }`).join("\n")}
`,
});

/** Each call is one line in a file that only grows: what reached it, reached it. */
function sink(folder: string): Server {
  return {
    id: "sink",
    endpoint: "node sink.mjs",
    ready: async () => undefined,
    list: async (kind) => (kind === "tool" ? TOOLS.map(definition) : []),
    async call({ argsText }) {
      appendFileSync(join(folder, "effects"), `${argsText}\n`);
      await sleep(2);
      return { status: "ok", member: "result", text: '{"content":[{"type":"text","text":"done"}]}' };
    },
    onChanged: () => undefined,
    watch: async () => false,
    unwatch: () => undefined,
    onUpdated: () => undefined,
    setLogLevel: () => undefined,
    onLogMessage: () => undefined,
    inFlight: 0,
    cancelAll: () => undefined,
    claimed: {},
    close: async () => undefined,
  };
}

const said = (given: Answer): string => ("text" in given ? given.text : given.kind);

const broken = (error: unknown): never => {
  throw error;
};

async function gatePart(folder: string, now: () => number): Promise<(order: Order) => Promise<unknown>> {
  const state = await openState(join(folder, "state"), { role: "gate", agent: "worker", now: Date.now });
  const configPath = join(folder, "kidoban.yaml");
  const rulebook = await openRulebook({
    configPath,
    agent: "worker",
    store: state.store,
    log: state.log,
    now: Date.now,
    broken,
  });
  const gate = await openGate({
    agent: "worker",
    process: state.process,
    store: state.store,
    log: state.log,
    servers: new Map([["sink", sink(folder)]]),
    inForce: () => rulebook.inForce(),
    onInForceChanged: (listener) => rulebook.onChanged(listener),
    approveCommand: (code) => code,
    secrets: learningGuard(),
    now,
    only: undefined,
  });
  return async (order) => {
    if (!("call" in order)) throw new Error("a gate answers nothing");
    return said(
      await gate.call({
        kind: "tool",
        name: `sink_${order.call.tool}`,
        args: { text: order.call.text },
        client: { era: "legacy", protocol: "2025-11-25", prompts: false },
        claimed: {},
        signal: new AbortController().signal,
        cancel: { requested: false, onRequest: () => () => undefined },
        progress: () => undefined,
        log: () => undefined,
        wantsProgress: false,
      }),
    );
  };
}

async function deskPart(folder: string, now: () => number): Promise<(order: Order) => Promise<unknown>> {
  const state = await openState(join(folder, "state"), { role: "tool", now: Date.now });
  const { store, log } = state;
  const keys = new Map<string, KeyObject>(
    (JSON.parse(readFileSync(join(folder, "people.json"), "utf8")) as ReturnType<typeof people>).map(
      ({ name, pem }) => [name, createPrivateKey(pem)],
    ),
  );
  const accepted = await approversNow(store, now());
  const desk: Desk = storeDesk({
    store,
    approvers: async () => accepted,
    async record(entry) {
      log.record(entry);
      await log.synced();
    },
    body: (json) => log.body(json, "json"),
    locked: async () => undefined,
    now,
  });
  return async (order) => {
    if (!("request" in order)) throw new Error("a desk calls nothing");
    const request = await store.request(order.request);
    if (request === undefined) throw new Error("no such request");
    const answered = await Promise.all(
      order.answers.map(({ approver, word }) => {
        const key = keys.get(approver);
        if (key === undefined) throw new Error(`no key of ${approver}`);
        const remarks = word === "return" || word === "break-glass" ? { comment: "why?" } : {};
        return answer(desk, request, word, { approver, key }, now(), remarks);
      }),
    );
    return answered.map((each) => (each.kind === "counted" ? "counted" : each.why));
  };
}

const [role, folder] = process.argv.slice(2);
if ((role === "gate" || role === "desk") && folder !== undefined) {
  let shift = 0;
  const now = (): number => Date.now() + shift;
  const part = await (role === "gate" ? gatePart : deskPart)(folder, now);
  process.on("message", (order: Order) => {
    shift = order.shift;
    part(order).then(
      (value) => process.send?.({ n: order.n, value }),
      (error: unknown) => process.send?.({ n: order.n, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ n: 0 });
}
