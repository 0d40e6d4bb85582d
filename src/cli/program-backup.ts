/** `kidoban backup` and `kidoban restore` with their options. */

import type { Command } from "commander";
import { en, ja } from "../words/backup.ts";
import type { Language } from "../words/words.ts";
import type { ProgramParts } from "./program-parts.ts";

export function backupCommands(program: Command, { command, runs }: ProgramParts, language: Language): void {
  const { commands: describe, options: option } = language === "ja" ? ja : en;
  command(program, "backup <to>", describe.backup)
    .option("--keys", option.keys)
    .option("--passphrase-file <file>", option.passphraseFile)
    .action(runs(async () => (await import("./backup.ts")).backup));
  command(program, "restore <from>", describe.restore)
    .option("--key <key>", option.key)
    .option("--passphrase-file <file>", option.passphraseFile)
    .action(runs(async () => (await import("./backup.ts")).restore));
}
