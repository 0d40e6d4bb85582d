/** Files on disk: whole reads, and writes that are seen either wholly or not at all. */

import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, closeSync, fsyncSync, openSync, readFileSync, realpathSync } from "node:fs";
import { renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** Undefined where there is no such file. */
export function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

/** UTF-8, or undefined where the bytes are not: decoding and encoding again would change them. */
export function decode(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}

/** Where a path's symbolic links lead, so that they stay links when the file is replaced. */
export function realFile(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw error;
  }
}

/**
 * Writes beside the file, syncs, renames over it, syncs the folder. `keep`: mode and owner of the file that is there,
 * 0600 where there is none.
 */
export function writeAtomically(path: string, bytes: Buffer, rights: "keep" | { readonly mode: number }): void {
  const temporary = join(dirname(path), `.kidoban-${randomBytes(6).toString("hex")}.tmp`);
  const file = openSync(temporary, "wx", 0o600);
  try {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    applyRights(path, temporary, rights);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function applyRights(path: string, temporary: string, rights: "keep" | { readonly mode: number }): void {
  if (rights !== "keep") {
    chmodSync(temporary, rights.mode);
    return;
  }
  const old = statSync(path, { throwIfNoEntry: false });
  if (old === undefined) return;
  const fresh = statSync(temporary);
  if (old.uid !== fresh.uid || old.gid !== fresh.gid) chownSync(temporary, old.uid, old.gid);
  chmodSync(temporary, old.mode & 0o7777);
}

function syncFolder(folder: string): void {
  // Windows can neither open nor sync a folder.
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
