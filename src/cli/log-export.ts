/** `kidoban log export`: everything that `kidoban log verify` needs, into a folder or as one file on stdout. */

import { mkdir, open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportLog } from "../log/export-file.ts";
import { findLog } from "../log/files.ts";
import type { FoundLog } from "../log/found-log.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "../log/mirror.ts";
import { ROTATIONS_FILE } from "../log/rotations.ts";
import { ARCHIVE_FOLDER, archiveFile, entriesFile } from "../log/names.ts";
import type { Chunks } from "../audit/lines.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, noLog, type LogPlace } from "./log-place.ts";

export async function exportTo(place: LogPlace, out: string | undefined): Promise<ExitCode> {
  const { context, words, dir } = place;
  const log = await findLog(dir).catch((error: unknown) => noLog(place, error));
  if (typeof log === "number") return log;
  if (out === undefined) {
    for await (const text of exportLog(log)) {
      context.terminal.out(text);
      await context.terminal.room?.();
    }
    return EXIT.ok;
  }
  await mkdir(out, { recursive: true, mode: 0o700 });
  if ((await readdir(out)).length > 0) return misused(place, words.exportNotEmpty(out));
  const files = await writeFolder(out, log);
  if (context.json) context.terminal.out(`${JSON.stringify({ folder: out, files })}\n`);
  else context.terminal.err(`${words.exported(out, files.length)}\n${words.exportHint(out)}\n`);
  return EXIT.ok;
}

async function writeFolder(out: string, { files, key }: FoundLog): Promise<readonly string[]> {
  const names = [KEY_FILE, CHECKPOINT_FILE, LEDGER_FILE];
  await writeFile(join(out, KEY_FILE), `${key}\n`, { mode: 0o600, flag: "wx" });
  await writeFile(join(out, CHECKPOINT_FILE), files.checkpoint, { mode: 0o600, flag: "wx" });
  await copy(join(out, LEDGER_FILE), files.ledger);
  for (const { stream, chunks } of files.streams) {
    await copy(join(out, entriesFile(stream)), chunks);
    names.push(entriesFile(stream));
  }
  if (files.rotations !== undefined && files.rotations !== "") {
    await writeFile(join(out, ROTATIONS_FILE), files.rotations, { mode: 0o600, flag: "wx" });
    names.push(ROTATIONS_FILE);
  }
  if (files.configs.length > 0) await mkdir(join(out, ARCHIVE_FOLDER), { mode: 0o700 });
  for (const { digest, chunks } of files.configs) {
    const name = join(ARCHIVE_FOLDER, archiveFile(digest));
    await copy(join(out, name), chunks);
    names.push(name);
  }
  return names;
}

async function copy(path: string, chunks: Chunks): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
