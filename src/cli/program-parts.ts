/** How a command is declared, and what happens around it when it is called. */

import type { Command } from "commander";
import type { en } from "../words/cli.ts";
import { EXIT, type Context, type ExitCode } from "./context.ts";
import { waysIn } from "./hardening.ts";

interface Shared {
  readonly config?: string;
  readonly json?: boolean;
}
export type ContextFor = (options: Shared) => Context;
export type ProgramParts = ReturnType<typeof programParts>;

/** Commands that hold no key, no token and no server, or that must always work, as a stop must. */
const HOLDS_NOTHING: ReadonlySet<string> = new Set(
  "kidoban check explain stop undo logout log show export verify prove list revoke".split(" "),
);

export function programParts(contextFor: ContextFor, words: typeof en, ended: (code: ExitCode) => void) {
  const { options: option } = words;
  /** A command with the two options that all share. */
  const command = (parent: Command, usage: string, text: string): Command =>
    parent.command(usage).description(text).option("--config <file>", option.config).option("--json", option.json);
  /** Commander gives the arguments, the options and the command; whatever stood before a subcommand counts for it too. */
  const runs =
    <A extends readonly unknown[]>(load: () => Promise<(context: Context, ...args: A) => Promise<ExitCode>>) =>
    async (...args: unknown[]): Promise<void> => {
      const called = args.at(-1) as Command;
      const options = called.optsWithGlobals<Shared>();
      const own = [...args.slice(0, -2), options] as unknown as A;
      const danger = HOLDS_NOTHING.has(called.name()) ? [] : waysIn();
      if (danger.length > 0) {
        contextFor({}).terminal.err(`kidoban: ${words.hazard(danger.join(", "))}\n`);
        ended(EXIT.usage);
        return;
      }
      ended(await (await load())(contextFor(options), ...own));
    };
  return { command, runs };
}
