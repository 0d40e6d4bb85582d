/** The commands of `kidoban log` with their options. */

import type { Command } from "commander";
import { en as backupEn, ja as backupJa } from "../words/backup.ts";
import { en, ja } from "../words/cli.ts";
import { en as indexEn, ja as indexJa } from "../words/log-index.ts";
import { en as replayEn, ja as replayJa } from "../words/replay.ts";
import { en as stampEn, ja as stampJa } from "../words/stamp.ts";
import type { Language } from "../words/words.ts";
import type { LogOptions } from "./log-place.ts";
import type { LogCommand } from "./log.ts";
import type { ProgramParts } from "./program-parts.ts";

export function logCommands(program: Command, { command, runs }: ProgramParts, language: Language): void {
  const { options: option, commands: describe } = language === "ja" ? ja : en;
  /** `named`: the subcommand's one argument. */
  const logs = (which: LogCommand, optionsOf: (options: LogOptions, named: string | undefined) => LogOptions) =>
    runs(async () => {
      const log = await import("./log.ts");
      return (context, ...args: readonly [string | undefined, LogOptions] | readonly [LogOptions]) =>
        args.length === 1
          ? log.run(context, which, optionsOf(args[0], undefined))
          : log.run(context, which, optionsOf(args[1], args[0]));
    });

  const stamped = language === "ja" ? stampJa : stampEn;
  const { options: found, commands: indexed } = language === "ja" ? indexJa : indexEn;
  const log = command(program, "log", describe.log)
    .option("--agent <name>", option.agent)
    .option("--server <id>", found.server)
    .option("--tool <pattern>", option.tool)
    .option("--kind <kind>", found.kind)
    .option("--by <name>", found.by)
    .option("--id <id>", found.id)
    .option("--decision <effect>", option.decision)
    .option("--since <time>", option.since)
    .option("--until <time>", option.until)
    .option("--limit <number>", found.limit)
    .option("--before <place>", found.before)
    .option("--no-index", found.noIndex)
    .option("--follow", option.follow)
    .action(logs("list", (options) => options));
  command(log, "index", indexed.index).action(logs("index", () => ({})));
  command(log, "show <id>", describe.logShow).action(logs("show", ({ index }, id) => ({ id, index })));
  command(log, "export", describe.logExport)
    .option("--out <folder>", option.out)
    .option("--format <name>", option.format)
    .option("--agent <name>", option.agent)
    .option("--tool <pattern>", option.tool)
    .option("--decision <effect>", option.decision)
    .option("--since <time>", option.since)
    .option("--until <time>", option.until)
    .action(logs("export", (options) => options));
  command(log, "verify [path]", describe.logVerify)
    .option("--key <key>", option.key)
    .option("--checkpoint <file>", option.checkpoint)
    .option("--witness <file>", option.witness)
    .option("--bodies-key <file>", option.bodiesKey)
    .option("--tsa-ca <file>", stamped.verifyCa)
    .action(
      logs("verify", ({ key, checkpoint, witness, bodiesKey, tsaCa }, path) => ({
        path,
        key,
        checkpoint,
        witness,
        bodiesKey,
        tsaCa,
      })),
    );
  command(log, "stamp", stamped.command)
    .option("--tsa <url>", stamped.tsa)
    .option("--tsa-ca <file>", stamped.ca)
    .action(runs(async () => (await import("./log-stamp.ts")).run));
  command(log, "witness [path]", describe.logWitness)
    .option("--key <key>", option.key)
    .option("--state <folder>", option.witnessState)
    .option("--name <name>", option.witnessName)
    .option("--accept-epoch <epoch>", (language === "ja" ? backupJa : backupEn).acceptEpoch)
    .action(logs("witness", ({ key, state, name, acceptEpoch }, path) => ({ path, key, state, name, acceptEpoch })));
  command(log, "prove <stream> <number>", describe.logProve).action(
    runs(async () => {
      const log = await import("./log.ts");
      return (context, stream: string, number: string) => log.run(context, "prove", { id: stream, number });
    }),
  );
  command(log, "tidy", describe.logTidy)
    .option("--by-the-clock", option.byTheClock)
    .action(runs(async () => (await import("./log-tidy.ts")).run));
  command(log, "find-secret", describe.logFindSecret)
    .option("--from <file>", option.secretFile)
    .action(logs("find-secret", ({ from }) => ({ from })));
  const told = language === "ja" ? replayJa : replayEn;
  command(log, "replay <agent>", told.command)
    .option("--from <time>", told.from)
    .option("--to <time>", told.to)
    .action(logs("replay", ({ from, to }, agent) => ({ agent, since: from ?? "24h", until: to })));
  command(log, "check <file>", describe.logCheck)
    .requiredOption("--key <key>", option.key)
    .action(logs("check", ({ key }, path) => ({ path, key })));
}
