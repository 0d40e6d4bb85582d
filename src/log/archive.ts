/** Configurations beside the streams, each in a file named by its digest. Knows nothing of what stands in them. */

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { archiveDigest } from "../audit/archive.ts";
import type { ConfigFile } from "../audit/editions.ts";
import type { Chunks } from "../audit/lines.ts";
import { putFile, syncFolder } from "./disk.ts";
import { ARCHIVE_FOLDER, archiveFile, archiveOfFile } from "./names.ts";

const IN_FOLDER = `${ARCHIVE_FOLDER}/`;

/** Of files by their names within the log. */
export const archivesAmong = (files: Iterable<readonly [string, Chunks]>): readonly ConfigFile[] =>
  [...files].flatMap(([name, chunks]) => {
    const digest = name.startsWith(IN_FOLDER) ? archiveOfFile(name.slice(IN_FOLDER.length)) : undefined;
    return digest === undefined ? [] : [{ digest, chunks }];
  });

/** Durable when it gives the text's digest. Throws what the file system says. */
export function keepArchive(dir: string, text: string): string {
  const digest = archiveDigest(text);
  const folder = join(dir, ARCHIVE_FOLDER);
  const path = join(folder, archiveFile(digest));
  if (stands(path, text)) return digest;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  putFile(path, text);
  syncFolder(folder);
  syncFolder(dir);
  return digest;
}

function stands(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
