/** `kidoban report` and `kidoban evidence`, with their options. */

import type { Command } from "commander";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en as evidenceEn, ja as evidenceJa } from "../words/evidence.ts";
import { en, ja } from "../words/report-commands.ts";
import type { Language } from "../words/words.ts";
import type { ProgramParts } from "./program-parts.ts";

export function reportCommands(program: Command, language: Language, { command, runs }: ProgramParts): void {
  const { commands: describe, options: option } = language === "ja" ? ja : en;
  const { options: shared } = language === "ja" ? cliJa : cliEn;
  const report = command(program, "report", describe.report)
    .option("--since <time>", shared.since)
    .option("--until <time>", shared.until)
    .option("--format <name>", option.format)
    .option("--lang <language>", option.language)
    .option("--out <file>", option.out)
    .option("--log <path>", option.log)
    .option("--key <key>", shared.key)
    .option("--no-verify", option.noVerify)
    .option("--time-zone <name>", option.timeZone)
    .action(runs(async () => (await import("./report.ts")).run));
  command(report, "sign <file>", describe.sign)
    .option("--as <name>", shared.approver)
    .option("--passphrase-file <file>", shared.passphraseFile)
    .option("--comment <text>", option.comment)
    .action(runs(async () => (await import("./report-sign.ts")).sign));
  command(report, "check <file>", describe.check)
    .option("--signature <file>", option.signature)
    .option("--key <key>", option.approverKey)
    .action(runs(async () => (await import("./report-sign.ts")).check));
}

export function evidenceCommands(program: Command, language: Language, { command, runs }: ProgramParts): void {
  const { commands: describe, options: option } = language === "ja" ? evidenceJa : evidenceEn;
  const evidence = command(program, "evidence", describe.evidence)
    .option("--period <period>", option.period)
    .option("--from <time>", option.from)
    .option("--to <time>", option.to)
    .option("--sample <number>", option.sample)
    .option("--seed <text>", option.seed)
    .option("--out <file>", option.out)
    .option("--witness <file...>", option.witness)
    .option("--time-zone <name>", option.timeZone)
    .action(runs(async () => (await import("./evidence.ts")).run));
  command(evidence, "check <file>", describe.check)
    .option("--key <key>", option.key)
    .action(runs(async () => (await import("./evidence.ts")).check));
}
