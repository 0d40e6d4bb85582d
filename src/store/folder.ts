/** The state's folder and files: this user's alone. */

import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { StoreError } from "./store.ts";

/** 0700, this user's; made when it is missing, tightened when it is loose. Throws StoreError "open". */
export function privateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stat = lstatSync(path);
    if (!stat.isDirectory()) throw new StoreError("open", `${path} is not a folder`);
    if (process.getuid !== undefined && stat.uid !== process.getuid()) {
      throw new StoreError("open", `${path} belongs to another user`);
    }
    if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("open", `${path} cannot be used as a folder: ${String(error)}`, error);
  }
}

/**
 * 0600; made empty when it is missing. An existing file is never opened here: closing it would drop every lock that this
 * process holds on it (POSIX fcntl). SQLite gives its -wal and -shm files the same mode.
 */
export function privateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw new StoreError("open", `${path} cannot be made: ${String(error)}`, error);
    }
    if ((lstatSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  }
}
