/** `kidoban undo`: puts back what the last `kidoban init` changed, byte for byte. Needs no configuration. */

import { join } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { BackupError, latest, undo } from "../clients/backup.ts";
import type { Undone, UndoAnswer } from "../clients/backup.ts";
import { mergeEdit } from "../clients/merge.ts";
import { en, ja } from "../words/undo.ts";
import { EXIT } from "./context.ts";
import type { Context, ExitCode } from "./context.ts";

export interface UndoOptions {
  /** Also files that were changed since. */
  readonly force?: boolean;
}

type Outcome = UndoAnswer | { readonly kind: "nothing" } | { readonly kind: "damaged"; readonly file: string };

export async function run(context: Context, options: UndoOptions): Promise<ExitCode> {
  const outcome = attempt(join(context.stateDir, "backups"), options.force === true);
  const words = context.language === "ja" ? ja : en;
  const { terminal } = context;
  if (context.json) terminal.out(`${JSON.stringify(outcome)}\n`);
  switch (outcome.kind) {
    case "nothing":
      if (!context.json) terminal.out(`${words.nothing}\n`);
      return EXIT.ok;
    case "undone":
      if (!context.json) terminal.out(`${undoneText(outcome.files, words)}\n`);
      return EXIT.ok;
    case "refused":
      if (!context.json)
        terminal.err(`${words.refused(outcome.mergeable.map(visibleLine), outcome.lost.map(visibleLine))}\n`);
      return EXIT.found;
    case "damaged":
      if (!context.json) terminal.err(`${words.damaged(visibleLine(outcome.file))}\n`);
      return EXIT.unavailable;
  }
}

function attempt(backupsDir: string, force: boolean): Outcome {
  try {
    const backup = latest(backupsDir);
    return backup === undefined ? { kind: "nothing" } : undo(backup, force ? "restore" : "refuse", mergeEdit);
  } catch (error) {
    if (error instanceof BackupError) return { kind: "damaged", file: error.path };
    throw error;
  }
}

const undoneText = ({ restored, merged, removed, kept }: Undone, words: typeof en): string =>
  [
    ...restored.map((file) => words.restored(visibleLine(file))),
    ...merged.map((file) => words.merged(visibleLine(file))),
    ...removed.map((file) => words.removed(visibleLine(file))),
    ...kept.map((file) => words.kept(visibleLine(file))),
    restored.length + merged.length === 0 ? words.already : words.restart,
  ].join("\n");
