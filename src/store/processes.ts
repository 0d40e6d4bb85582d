/**
 * Which processes live. Each holds an exclusive lock on a tiny database file of its own for as long as it lives; the
 * kernel lets go of it at death and at nothing else (POSIX fcntl, LockFileEx), a stopped process included.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { attempt, type Database } from "./database.ts";
import type { Driver } from "./driver.ts";
import { isProcess } from "./facts.ts";
import { privateFile, privateFolder } from "./folder.ts";
import { jsonIn } from "./row.ts";
import { StoreError, type LiveProcess } from "./store.ts";

/** Holds the lock of one process. */
export interface Life {
  readonly id: string;
  /** Only at the end of the process's work: from here on it counts as dead, if it is still `listed`. */
  end(listed: boolean): void;
}

/** Ids become file names. */
function lifeFile(folder: string, id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) throw new StoreError("io", `${id} cannot name a process`);
  return join(folder, `${id}.db`);
}

/** Throws StoreError, "busy" when another process lives under this id. */
export function beginLife(driver: Driver, folder: string, id: string): Life {
  privateFolder(folder);
  const path = lifeFile(folder, id);
  privateFile(path);
  const connection = attempt(() => driver.open(path));
  try {
    attempt(() => connection.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE"));
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    id,
    end(listed) {
      connection.close();
      // Without its file nobody could tell that it is dead.
      if (!listed) rmSync(path, { force: true });
    },
  };
}

/**
 * Tries to read under a shared lock, without waiting: testers do not hinder each other, and only the owner's exclusive
 * lock refuses. A file that is gone proves nothing, so its process counts as alive.
 */
function isAlive(driver: Driver, folder: string, id: string): boolean {
  const path = lifeFile(folder, id);
  try {
    attempt(() => {
      const connection = driver.open(path, { readOnly: true });
      try {
        connection.exec("PRAGMA busy_timeout = 0");
        connection.prepare("SELECT count(*) FROM sqlite_schema").get();
      } finally {
        connection.close();
      }
    });
    return false;
  } catch (error) {
    if (error instanceof StoreError && (error.code === "busy" || error.code === "open")) return true;
    throw error;
  }
}

/** Within `write`. */
export function addProcess(database: Database, process: Omit<LiveProcess, "alive">): void {
  database.run("INSERT INTO processes (id, process) VALUES (?, ?)", process.id, JSON.stringify(process));
}

export const processes = (database: Database, driver: Driver, folder: string): readonly LiveProcess[] =>
  database
    .all("SELECT process FROM processes ORDER BY rowid")
    .map((row) => jsonIn(row, "process", isProcess))
    .map((process) => ({ ...process, alive: isAlive(driver, folder, process.id) }));

/** Within `write`: it waits for nothing any more either. */
export function forget(database: Database, process: string): void {
  database.run("DELETE FROM processes WHERE id = ?", process);
  database.run("DELETE FROM attendance WHERE process = ?", process);
}

/** After `forget`: takes the lock file of a dead process away. */
export function removeLife(folder: string, process: string): void {
  for (const suffix of ["", "-journal"]) rmSync(`${lifeFile(folder, process)}${suffix}`, { force: true });
}
