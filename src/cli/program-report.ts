/** `kidoban report` and what belongs to it, with their options. */

import type { Command } from "commander";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
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
