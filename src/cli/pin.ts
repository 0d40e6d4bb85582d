/**
 * `kidoban pin [server]`: shows the tools, resources, templates and prompts that servers offer, lets a human say what reads
 * and what writes, and locks it.
 */

import { pinServer, startRow, type PinRow } from "../compose/pinning.ts";
import { openState } from "../compose/state.ts";
import { RejectedConfig } from "../compose/rejected.ts";
import { surveyServer } from "../compose/survey.ts";
import { loadConfig } from "../config/load.ts";
import type { LockedKind } from "../policy/manifest.ts";
import { en, ja } from "../words/pin.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { review } from "./pin-ask.ts";
import { surveyJson, surveyText } from "./pin-show.ts";
import { hasDevice } from "./terminal.ts";

export interface PinOptions {
  readonly acceptHints?: boolean;
}

const countsOf = (rows: readonly PinRow[]): Readonly<Record<LockedKind, number>> => {
  const count = (kind: LockedKind): number => rows.filter(({ offered }) => offered.kind === kind).length;
  return { tool: count("tool"), resource: count("resource"), prompt: count("prompt") };
};

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
      const by = options.acceptHints === true ? "hint" : env.user;
      const file = await pinServer(state, config.folder, server, rows, by, context.now());
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
