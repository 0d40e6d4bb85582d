/** The log in a pack of evidence: in the folder `log/` of a zip file. */

import type { Chunks } from "../audit/lines.ts";
import { archivesAmong } from "./archive.ts";
import type { FoundLog } from "./found-log.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "./mirror.ts";
import { ROTATIONS_FILE } from "./rotations.ts";
import { entriesFile, streamOfFile } from "./names.ts";
import { stampsAmong } from "./stamps.ts";
import type { Zipped } from "./zip-read.ts";

export const LOG_FOLDER = "log/";

/** Undefined where a part of a log is not there. Throws ZipError. */
export async function logInZip(zipped: readonly Zipped[]): Promise<FoundLog | undefined> {
  const files = new Map(
    zipped.flatMap(({ name, chunks }) =>
      name.startsWith(LOG_FOLDER) ? [[name.slice(LOG_FOLDER.length), chunks]] : [],
    ),
  );
  const [key, checkpoint, ledger] = [files.get(KEY_FILE), files.get(CHECKPOINT_FILE), files.get(LEDGER_FILE)];
  if (key === undefined || checkpoint === undefined || ledger === undefined) return undefined;
  const streams = [...files].flatMap(([name, chunks]) => {
    const stream = streamOfFile(name);
    return stream === undefined || name !== entriesFile(stream) ? [] : [{ stream, chunks }];
  });
  const replaced = files.get(ROTATIONS_FILE);
  const rotations = replaced === undefined ? "" : await textOf(replaced);
  return {
    key: (await textOf(key)).trim(),
    stamps: stampsAmong(files),
    files: { checkpoint: await textOf(checkpoint), ledger, streams, configs: archivesAmong(files), rotations },
  };
}

/** Whole, as UTF-8. */
export async function textOf(chunks: Chunks): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}
