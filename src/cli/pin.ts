/**
 * `kidoban pin [server]`: shows the tools, resources, templates and prompts that servers offer, lets a human say what reads
 * and what writes, and locks it.
 */

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { openState } from "../compose/state.ts";
import { RejectedConfig } from "../compose/rejected.ts";
import { surveyServer } from "../compose/survey.ts";
import { loadConfig } from "../config/load.ts";
import { readLock } from "../config/lock-file.ts";
import { writeLock } from "../config/lock-write.ts";
import { hasErrors } from "../config/problem.ts";
import type { LockedKind } from "../policy/manifest.ts";
import { en, ja } from "../words/pin.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { review } from "./pin-ask.ts";
import { lockedRow, startRow, type Row } from "./pin-row.ts";
import { surveyJson, surveyText } from "./pin-show.ts";
import { hasDevice } from "./terminal.ts";

export interface PinOptions {
  readonly acceptHints?: boolean;
}

const countsOf = (rows: readonly Row[]): Readonly<Record<LockedKind, number>> => {
  const count = (kind: LockedKind): number => rows.filter(({ offered }) => offered.kind === kind).length;
  return { tool: count("tool"), resource: count("resource"), prompt: count("prompt") };
};

function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o644 });
  renameSync(draft, path);
}

export async function run(context: Context, only: string | undefined, options: PinOptions): Promise<ExitCode> {
  const { terminal, configPath, env } = context;
  const words = context.language === "ja" ? ja : en;
  const shared = context.language === "ja" ? cliJa : cliEn;
  if (configPath === undefined) {
    terminal.err(`kidoban: ${shared.noConfig}\n`);
    return EXIT.usage;
  }
  const loaded = await loadConfig(configPath);
  const { config } = loaded;
  if (config === undefined) throw new RejectedConfig(loaded.problems, loaded.sources);
  const chosen = [...config.servers.values()].filter((server) => only === undefined || server.id === only);
  if (chosen.length === 0 && only !== undefined) {
    terminal.err(`kidoban: ${words.unknownServer(only, [...config.servers.keys()].join(", "))}\n`);
    return EXIT.usage;
  }
  if (options.acceptHints !== true && !hasDevice()) {
    terminal.err(`kidoban: ${words.noTerminal}\n`);
    return EXIT.usage;
  }
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  const report: unknown[] = [];
  try {
    for (const server of chosen) {
      if (!context.json) terminal.out(`${words.starting(server.id)}\n`);
      const survey = await surveyServer(config, server, loaded.locks.get(server.id), env);
      const proposed = survey.items.map(startRow);
      if (!context.json) terminal.out(surveyText(survey, proposed, words));
      const rows = options.acceptHints === true ? proposed : await review(context, survey, proposed, words);
      if (rows === undefined) {
        terminal.err(`${words.cancelled}\n`);
        return EXIT.found;
      }
      const by = options.acceptHints === true ? "hint" : (env.get("USER") ?? "unknown");
      const on = new Date(context.now()).toISOString().slice(0, 10);
      const file = join(config.folder, "kidoban.lock", `${server.id}.yaml`);
      const text = writeLock({ endpoint: server.endpoint, items: rows.map((row) => lockedRow(row, by, on)) });
      // A server can offer what no lock can hold; the lock that is there stays then.
      const readBack = readLock(`kidoban.lock/${server.id}.yaml`, text, server.id);
      if (hasErrors(readBack.problems))
        throw new RejectedConfig(readBack.problems, new Map([[`kidoban.lock/${server.id}.yaml`, text]]));
      writeAtomically(file, text);
      state.log.record({
        kind: "lock.pinned",
        server: server.id,
        digest: createHash("sha256").update(text).digest("hex"),
        by,
      });
      await state.log.synced();
      report.push(surveyJson(survey, rows, file));
      if (!context.json) terminal.out(`${words.written(file, countsOf(rows))}\n`);
    }
    if (context.json) terminal.out(`${JSON.stringify({ servers: report })}\n`);
    else {
      if (options.acceptHints === true) terminal.out(`${words.hinted}\n`);
      if ((await state.store.acceptedDigest(configPath)) !== undefined) terminal.out(`${words.accept}\n`);
    }
    return EXIT.ok;
  } finally {
    await state.close("pinned");
  }
}
