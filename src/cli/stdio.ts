/** `kidoban stdio`: the gate on stdin and stdout. Whatever else would print is kept away from the protocol's pipe. */

import { parseArgs } from "node:util";
import { runStdioGate } from "../compose/gate.ts";
import { operationalLog } from "../compose/operations.ts";
import { en, ja } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { tuneEngine } from "./engine.ts";
import { describe, failure } from "./failure.ts";
import { waysIn } from "./hardening.ts";
import { standardInput } from "./stdin.ts";

type ContextFor = (options: { readonly config?: string }) => Context;

/** Built apart from the other commands (scripts/build.mjs), so what it throws is told here: elsewhere nobody knows its classes. */
export async function run(contextFor: ContextFor, argv: readonly string[]): Promise<ExitCode> {
  try {
    return await gate(contextFor, argv);
  } catch (error) {
    const { terminal, language } = contextFor({});
    return failure(terminal, language, error);
  }
}

async function gate(contextFor: ContextFor, argv: readonly string[]): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: "string" }, agent: { type: "string" }, server: { type: "string" } },
  });
  const context = contextFor(values.config === undefined ? {} : { config: values.config });
  const { terminal, configPath, env } = context;
  const words = context.language === "ja" ? ja : en;
  if (configPath === undefined || values.agent === undefined) {
    terminal.err(`kidoban: ${configPath === undefined ? words.noConfig : words.noAgent}\n`);
    return EXIT.usage;
  }
  const danger = waysIn();
  if (danger.length > 0) {
    terminal.err(`kidoban: ${words.hazard(danger.join(", "))}\n`);
    return EXIT.usage;
  }
  tuneEngine();
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => ending.abort());
  const operations = operationalLog(context.stateDir);
  await runStdioGate({
    env,
    configPath,
    agent: values.agent,
    only: values.server,
    input: standardInput(),
    output: process.stdout,
    signal: ending.signal,
    now: context.now,
    approveCommand: (code) => `kidoban approve ${code}`,
    broken(error) {
      operations.warn("configuration refused", { problems: describe(context.language, error) });
      terminal.err(`kidoban: ${words.brokenWhileRunning}\n`);
    },
    sealed(reason) {
      operations.warn(reason === undefined ? "log opened again" : "log sealed", { reason });
      terminal.err(`kidoban: ${reason === undefined ? words.opened : words.sealed}\n`);
    },
  });
  return EXIT.ok;
}
