/**
 * Five weeks of three agents and two approvers in a real log: written by the program's own state, with a clock of ours. Names,
 * reasons and comments that want to be markup, formulas or terminal sequences are among it.
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { EntryBody, Target, Why } from "../../src/audit/entry.ts";
import type { Context, ExitCode } from "../../src/cli/context.ts";
import { failure } from "../../src/cli/failure.ts";
import { run as runProgram } from "../../src/cli/program.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { readEnv } from "../../src/config/env.ts";
import type { Request } from "../../src/approval/request.ts";
import { signStatement, statementBody, type AnswerWord } from "../../src/approval/statement.ts";
import type { Language } from "../../src/words/words.ts";
import { obligation, sampleRequest, type Person } from "../approval/sample.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Numbers that look random and are the same each time (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly home: string;
  readonly stateDir: string;
  readonly config: string;
  readonly log: string;
  kidoban(argv: readonly string[], language?: Language): Promise<Said>;
  /** Opens the state; entries get the times that `at` sets. */
  /** `from`: the clock at its beginning. */
  writing(work: (writer: Writer) => Promise<void>, from?: number): Promise<void>;
  remove(): void;
}

interface Writer {
  readonly state: State;
  at(ms: number): void;
  record(entry: EntryBody): void;
  /** A call that passes, or one that ends otherwise. */
  call(agent: string, target: Target, more?: CallMore): string;
  /** A question and its answers, each `afterMs` after it; it runs where somebody said yes. */
  ask(agent: string, target: Target, answers: readonly Answering[], more?: CallMore): Request;
}

interface CallMore {
  readonly why?: Partial<Why>;
  readonly status?: Extract<EntryBody, { readonly kind: "call.outcome" }>["status"] | "none";
  readonly reason?: string;
  readonly args?: string;
  readonly result?: string;
}
interface Answering {
  readonly by: Person;
  readonly word: AnswerWord;
  readonly afterMs: number;
  readonly comment?: string;
}

export const tool = (server: string, name: string): Target => ({ server, kind: "tool", name });

export function makeWorld(now: () => number = Date.now): World {
  const home = mkdtempSync(join(tmpdir(), "kidoban-report-"));
  const stateDir = join(home, "state/kidoban");
  const folder = join(home, "gate");
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  mkdirSync(folder);
  for (const name of ["kidoban.yaml", "manifests", "kidoban.lock"])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const config = join(folder, "kidoban.yaml");

  return {
    home,
    stateDir,
    config,
    log: join(stateDir, "log"),
    async kidoban(argv, language = "en") {
      let [out, err] = ["", ""];
      const variables = {
        HOME: home,
        XDG_STATE_HOME: join(home, "state"),
        XDG_CONFIG_HOME: join(home, "approver"),
      };
      const env = readEnv(variables);
      const contextFor = (options: { readonly config?: string; readonly json?: boolean }): Context => ({
        terminal: {
          out: (text) => void (out += text),
          err: (text) => void (err += text),
          color: false,
          columns: 100,
          device: () => undefined,
        },
        env,
        language,
        configPath: options.config === undefined ? undefined : resolve(options.config),
        stateDir,
        json: options.json ?? false,
        now,
      });
      const code = await runProgram(contextFor, argv).catch((error: unknown) =>
        failure(contextFor({}).terminal, language, error),
      );
      return { code, out, err };
    },
    async writing(work, from = now()) {
      let clock = from;
      const state = await openState(stateDir, { role: "tool", now: () => clock });
      try {
        await work(
          writerOf(
            state,
            (ms) => (clock = ms),
            () => clock,
          ),
        );
        await state.log.synced();
      } finally {
        await state.close("test");
      }
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

let calls = 0;
const newCall = (): string => (++calls).toString(16).padStart(24, "0");

const claimed = (reason: string | undefined) => ({ client: "test", ...(reason === undefined ? {} : { reason }) });

function writerOf(state: State, set: (ms: number) => void, clock: () => number): Writer {
  const { log } = state;
  const record = (entry: EntryBody): void => void log.record(entry);

  function run(agent: string, target: Target, call: string, more: CallMore, request?: Request): void {
    const { why, status = "ok", reason, args = '{"path":"docs/a.md"}', result = '{"content":[]}' } = more;
    const ref = log.body(args, "json");
    record({
      kind: "call.intent",
      call,
      agent,
      target,
      why: { effect: "allow", access: "read", cause: "default-read", rules: [], ...why },
      args: ref,
      ...(request === undefined ? {} : { request: request.id, action: request.action }),
      claimed: claimed(reason),
    });
    if (status === "none") return;
    record({ kind: "call.outcome", call, status, result: log.body(result, "json") });
  }

  return {
    state,
    at: set,
    record,
    call(agent, target, more = {}) {
      const call = newCall();
      run(agent, target, call, more);
      return call;
    },
    ask(agent, target, answers, more = {}) {
      const opened = clock();
      const args = more.args ?? '{"path":"docs/a.md","content":"x"}';
      const request = sampleRequest(
        {
          agent,
          server: target.server,
          name: target.name,
          call: newCall(),
          openedAt: opened,
          expiresAt: opened + 900_000,
          obligations: [obligation({ breakGlass: ["ops"] })],
        },
        JSON.parse(args),
      );
      const why: Why = { effect: "ask", access: "write", cause: "default-write", rules: [], ...more.why };
      record({
        kind: "request.opened",
        request: request.id,
        call: request.call,
        agent,
        target,
        why,
        args: log.body(args, "json"),
        action: request.action,
        nonce: request.nonce,
        shown: request.shown,
        expiresAt: request.expiresAt,
        obligations: request.obligations,
        claimed: claimed(more.reason),
      });
      let yes = false;
      for (const { by, word, afterMs, comment } of answers) {
        set(opened + afterMs);
        const body = statementBody(
          request,
          word,
          by.approver.name,
          opened + afterMs,
          comment === undefined ? {} : { comment },
        );
        record({ kind: "request.answered", request: request.id, statement: signStatement(body, by.key) });
        if (word === "approve" || word === "break-glass") yes = true;
        else record({ kind: "request.closed", request: request.id, state: word === "deny" ? "denied" : "returned" });
      }
      if (yes) {
        set(clock() + 50);
        record({ kind: "request.claimed", request: request.id, call: request.call });
        run(agent, target, request.call, { ...more, args, why }, request);
      } else if (answers.length === 0) {
        set(opened + 900_001);
        record({ kind: "request.closed", request: request.id, state: "expired" });
      }
      return request;
    },
  };
}

/** Every whole line of every stream, as bytes on disk say it: for counting apart from the program. */
export function rawLines(log: string): readonly string[] {
  return readdirSync(log)
    .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
    .toSorted()
    .flatMap((name) => readFileSync(join(log, name), "utf8").split("\n").slice(0, -1));
}

const HOSTILE = [
  '<img src=x onerror="alert(1)">',
  '=HYPERLINK("http://evil.example","x")',
  "a\u202etxt.exe|`b` [c](http://evil.example)",
  "</style><script>alert(1)</script>",
];

/** `until`: the end of the five weeks, ms. `busy`: calls an hour. */
export async function fiveWeeks(
  world: World,
  people: { readonly aiko: Person; readonly ben: Person },
  until: number,
  busy = 3,
) {
  const roll = dice(20_261_122);
  const { aiko, ben } = people;
  const write = { effect: "allow", access: "write", cause: "rule", rules: ["developer#edits"] } as const;
  await world.writing(
    async (writer) => {
      writer.at(until - 35 * DAY);
      for (let hour = until - 35 * DAY; hour < until; hour += HOUR) {
        const clock = new Date(hour);
        const isDay = clock.getUTCHours() >= 8 && clock.getUTCHours() < 18 && clock.getUTCDay() % 6 !== 0;
        const isLast = hour >= until - 7 * DAY;
        if (isDay) {
          for (let n = 0; n < busy; n++) {
            writer.at(hour + Math.floor((n * HOUR) / busy));
            writer.call("developer", tool("filesystem", roll() < 0.7 ? "read_text_file" : "list_directory"), {
              reason: "looking",
            });
            if (roll() < 0.4)
              writer.call("developer", tool("filesystem", "edit_file"), {
                why: write,
                status: roll() < 0.05 ? "tool_error" : "ok",
              });
            if (roll() < 0.3)
              writer.call("analyst", tool("sqlite", "query"), {
                why: { access: "write", cause: "rule", rules: ["analyst#provable-reads"] },
              });
          }
          if (clock.getUTCHours() === 9)
            writer.ask("developer", tool("git", "git_push"), [
              { by: aiko, word: roll() < 0.8 ? "approve" : "deny", afterMs: 20_000 + Math.floor(roll() * 200_000) },
            ]);
          if (isLast)
            writer.ask(
              "docs-writer",
              tool("filesystem", "write_file"),
              [{ by: ben, word: "approve", afterMs: 900 + Math.floor(roll() * 1500) }],
              { reason: HOSTILE[0] ?? "" },
            );
        }
        if (isLast && clock.getUTCHours() === 3) {
          writer.at(hour);
          for (let n = 0; n < 4; n++) writer.call("developer", tool("git", "git_log"));
        }
      }
      // A clock that goes back is a matter of a stream of its own: times lie between those of leaves.
      await writer.state.log.succeed("before");
      writer.at(until - 2 * DAY);
      await writer.state.log.succeed("back");
      for (const [n, asked] of HOSTILE.entries())
        writer.record({
          kind: "call.denied",
          call: `d${n}`,
          agent: "docs-writer",
          asked,
          args: { digest: "a".repeat(64), bytes: 2 },
          claimed: { reason: asked },
        });
      for (let n = 0; n < 3; n++)
        writer.record({
          kind: "call.denied",
          call: `e${n}`,
          agent: "docs-writer",
          asked: "filesystem_write_file",
          target: tool("filesystem", "write_file"),
          why: { effect: "deny", access: "write", cause: "rule", rules: ["docs-writer#docs-only"] },
          args: { digest: "a".repeat(64), bytes: 2 },
        });
      writer.ask("docs-writer", tool("filesystem", "edit_file"), []);
      writer.ask("docs-writer", tool("filesystem", "edit_file"), [
        { by: aiko, word: "return", afterMs: 60_000, comment: "Why now?" },
      ]);
      writer.ask("docs-writer", tool("filesystem", "edit_file"), [
        { by: aiko, word: "break-glass", afterMs: 30_000, comment: HOSTILE[1] ?? "" },
      ]);
      writer.call("developer", tool("git", "git_push"), { why: write, status: "unknown" });
      writer.call("developer", tool("git", "git_push"), { why: write, status: "timeout" });
      writer.record({
        kind: "definition.quarantined",
        target: tool("git", HOSTILE[3] ?? ""),
        locked: "a".repeat(64),
        now: "b".repeat(64),
      });
      writer.record({ kind: "stop.placed", stop: "s1", agent: "developer", reason: "looks odd", by: "aiko" });
      writer.record({ kind: "auth.refused", reason: "unknown token", from: "10.0.0.7", times: 12 });
      writer.record({ kind: "console.entered", by: "ben", key: "es256:k" });
      writer.record({ kind: "server.ended", server: "git", reason: "exit 1" });
      writer.record({ kind: "config.refused", reason: "manifests/developer.yaml: line 3" });
    },
    until - 35 * DAY,
  );
}

/** An accepted configuration with these people as approvers, and a token that ends soon. */
export async function accepted(world: World, people: readonly Person[], now: number): Promise<void> {
  const text = readFileSync(world.config, "utf8");
  const lines = people.map(({ approver }) => `  ${approver.name}: { key: "${approver.key}", groups: [ops] }`);
  writeFileSync(world.config, text.replace(/^approvals:/m, `approvers:\n${lines.join("\n")}\napprovals:`));
  await world.writing(async ({ state, at }) => {
    at(now);
    const { accept, proposalOf } = await import("../../src/compose/proposal.ts");
    await accept(state, await proposalOf(world.config, state.store), { by: "aiko", at: now }, now);
    await state.store.addToken({
      id: "t-1",
      config: world.config,
      agent: "developer",
      digest: "c".repeat(64),
      issuedAt: now - 80 * DAY,
      expiresAt: now + 10 * DAY,
    });
  });
}
