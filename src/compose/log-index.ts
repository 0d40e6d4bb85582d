/**
 * The index of a state's log, in a file beside the log. It is only a way to find: one that is damaged, of another log or of
 * another version is thrown away, and where no file can be kept it is built in memory.
 */

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { KEY_FILE } from "../log/mirror.ts";
import { IndexError } from "../log/index/database.ts";
import { openIndex, type LogIndex } from "../log/index/open.ts";
import { sqliteDriver } from "../store/driver.ts";
import { exclusively } from "../store/exclusive.ts";
import { privateFile } from "../store/folder.ts";

/** One process's way to the index of a state's log. */
export interface KeptIndex {
  /**
   * Runs `step` with the index. Where that turns out wrong, it is done again with a new one, which is empty at first:
   * `step` grows it. Throws what `step` throws where the index is not to blame.
   */
  use<T>(step: (index: LogIndex) => Promise<T>): Promise<T>;
  /** It is only in memory: no file can be kept, or none was wanted. */
  readonly apart: boolean;
  /** How often one was opened: where this changes, what was grown before is gone. */
  readonly opened: number;
  close(): void;
}

const INDEX_FILE = "index.db";
const THROW_AWAY_WAIT_MS = 10_000;

// Unsaid, SQLITE_ERROR (a table is not there), CORRUPT, CONSTRAINT, MISMATCH, NOTADB (https://sqlite.org/rescode.html).
const DAMAGED: ReadonlySet<number> = new Set([0, 1, 11, 19, 20, 26]);
// PERM, READONLY, IOERR, FULL, CANTOPEN.
const UNUSABLE: ReadonlySet<number> = new Set([3, 8, 10, 13, 14]);

/** SQLite's primary result code; 0 where one of the libraries does not say it, undefined for other errors. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR")) return undefined;
  return "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}
const isWrong = (error: unknown): boolean =>
  error instanceof IndexError || DAMAGED.has(resultCode(error) ?? Number.NaN);
const isUnusable = (error: unknown): boolean =>
  UNUSABLE.has(resultCode(error) ?? Number.NaN) || (error instanceof Error && "code" in error && error.code === "open");

/** `apart`: in memory alone, built from the files, so that what stands in the kept one counts for nothing. */
export function keptIndex(stateDir: string, options: { readonly apart: boolean } = { apart: false }): KeptIndex {
  const path = join(stateDir, INDEX_FILE);
  let { apart } = options;
  let held: Promise<Held> | undefined;
  let opened = 0;

  async function open(): Promise<Held> {
    opened++;
    const dir = join(stateDir, "log");
    const origin = (await readFile(join(dir, KEY_FILE), "utf8").catch(() => "")).trim();
    if (!apart) privateFile(path);
    const database = (await sqliteDriver()).open(apart ? ":memory:" : path);
    try {
      return { index: openIndex(dir, database, origin), close: () => database.close() };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async function attempt<T>(step: (index: LogIndex) => Promise<T>): Promise<T> {
    const mine = (held ??= open());
    try {
      return await step((await mine).index);
    } catch (error) {
      // Others may still be reading with it: it goes when they are done.
      if (held === mine && (isWrong(error) || isUnusable(error))) held = undefined;
      throw error;
    }
  }

  return {
    get apart() {
      return apart;
    },
    get opened() {
      return opened;
    },
    async use(step) {
      try {
        return await attempt(step);
      } catch (error) {
        if (isUnusable(error)) apart = true;
        else if (!isWrong(error)) throw error;
      }
      if (!apart) {
        try {
          await throwAway(path);
          return await attempt(step);
        } catch (error) {
          if (!isUnusable(error) && !isWrong(error)) throw error;
          // Wrong twice: the folder does not keep what is written, or somebody is at it.
          apart = true;
        }
      }
      return attempt(step);
    },
    close() {
      void held?.then(({ close }) => close()).catch(() => undefined);
      held = undefined;
    },
  };
}

interface Held {
  readonly index: LogIndex;
  close(): void;
}

/** One process at a time: another's fresh index must not lose the files that SQLite keeps beside it. */
const throwAway = (path: string): Promise<void> =>
  exclusively(`${path}.lock`, THROW_AWAY_WAIT_MS, async () => {
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
  });
