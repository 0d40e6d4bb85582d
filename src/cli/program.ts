/** Every command with its options. Each is loaded when it is called. */

import { Command } from "commander";
import { VERSION } from "../compose/version.ts";
import { en, ja } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";

interface Shared {
  readonly config?: string;
  readonly json?: boolean;
}
type ContextFor = (options: Shared) => Context;

export async function run(contextFor: ContextFor, argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const first = contextFor({});
  const words = first.language === "ja" ? ja : en;
  const { options: option, commands: describe } = words;
  const program = new Command("kidoban").description(words.program).version(VERSION);
  program.configureOutput({ writeOut: first.terminal.out, writeErr: first.terminal.err });
  program.exitOverride();

  /** A command with the two options that all share, and its loader. */
  const command = (parent: Command, usage: string, text: string): Command =>
    parent.command(usage).description(text).option("--config <file>", option.config).option("--json", option.json);
  const runs =
    <A extends readonly unknown[]>(load: () => Promise<(context: Context, ...args: A) => Promise<ExitCode>>) =>
    async (...args: unknown[]): Promise<void> => {
      const own = args.slice(0, -1) as unknown as A;
      const shared = args.at(-2) as Shared;
      code = await (await load())(contextFor(shared), ...own);
    };

  program.option("--config <file>", option.config).option("--json", option.json);
  command(program, "stdio", describe.stdio)
    .requiredOption("--agent <name>", option.agent)
    .option("--server <id>", option.server);
  command(program, "pin [server]", describe.pin)
    .option("--accept-hints", option.acceptHints)
    .action(runs(async () => (await import("./pin.ts")).run));
  command(program, "stop", describe.stop)
    .option("--agent <name>", option.agent)
    .requiredOption("--reason <text>", option.reason)
    .action(runs(async () => (await import("./stop.ts")).run));

  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("commander.")) {
      return "exitCode" in error && error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    throw error;
  }
  return code;
}
