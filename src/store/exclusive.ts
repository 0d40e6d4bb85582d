/**
 * One process at a time, for work that waits on the network, where no transaction may be held. The kernel lets go of it when
 * its holder dies, as of the locks of live processes.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { dirname } from "node:path";
import { attempt } from "./database.ts";
import { sqliteDriver, type Driver } from "./driver.ts";
import { privateFile, privateFolder } from "./folder.ts";
import { StoreError } from "./store.ts";

const POLL_MS = 25;

/** The way to let go; undefined while another holds it. */
function take(driver: Driver, path: string): (() => void) | undefined {
  const connection = attempt(() => driver.open(path));
  try {
    attempt(() => connection.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE"));
  } catch (error) {
    connection.close();
    if (error instanceof StoreError && error.code === "busy") return undefined;
    throw error;
  }
  // The file stays: were it taken away, one could lock the old file and another a new one.
  return () => connection.close();
}

/**
 * Runs `step` while no other process is in one under the same `path`, a file of its own.
 * @throws StoreError `busy` when that did not come about within `waitMs`
 */
export async function exclusively<T>(path: string, waitMs: number, step: () => Promise<T>): Promise<T> {
  const driver = await sqliteDriver();
  privateFolder(dirname(path));
  privateFile(path);
  const until = performance.now() + waitMs;
  let release = take(driver, path);
  while (release === undefined) {
    if (performance.now() > until) throw new StoreError("busy", `${path} is held by another process`);
    await sleep(POLL_MS);
    release = take(driver, path);
  }
  try {
    return await step();
  } finally {
    release();
  }
}

/** The same at once or not at all: undefined while another process is in one. */
export async function unlessBusy<T>(path: string, step: () => Promise<T>): Promise<T | undefined> {
  try {
    return await exclusively(path, 0, step);
  } catch (error) {
    if (error instanceof StoreError && error.code === "busy") return undefined;
    throw error;
  }
}
