/** Configurations beside the streams, each in a file named by its digest. Knows nothing of what stands in them. */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveDigest } from "../audit/archive.ts";
import { syncFolder } from "./disk.ts";
import { ARCHIVE_FOLDER, archiveFile } from "./names.ts";

/** Durable when it gives the text's digest. Throws what the file system says. */
export function keepArchive(dir: string, text: string): string {
  const digest = archiveDigest(text);
  const folder = join(dir, ARCHIVE_FOLDER);
  const path = join(folder, archiveFile(digest));
  if (stands(path, text)) return digest;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${digest}.${process.pid}`);
  const fd = openSync(draft, "w", 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
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
