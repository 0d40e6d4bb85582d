/** The database as a whole: copied while others write, looked at as a copy, and begun anew after it was restored. */

import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, Database, openDatabase } from "./database.ts";
import { sqliteDriver, type Row } from "./driver.ts";
import { isStop } from "./facts.ts";
import { privateFile, privateFolder } from "./folder.ts";
import { ledgerIn } from "./ledger.ts";
import { migrate, refuseNewerSchema } from "./migrations.ts";
import { processes } from "./processes.ts";
import { jsonIn, maybeNumberIn, numberIn, textIn } from "./row.ts";
import { StoreError } from "./store.ts";

export const STORE_FILE = "kidoban.db";

/** Everything of one moment into a fresh file, 0600. Throws StoreError. */
export async function copyStore(folder: string, to: string): Promise<void> {
  const driver = await sqliteDriver();
  privateFile(to);
  const connection = attempt(() => driver.open(join(folder, STORE_FILE)));
  try {
    attempt(() => {
      connection.exec("PRAGMA busy_timeout = 10000");
      connection.prepare("VACUUM INTO ?").run(to);
    });
  } finally {
    connection.close();
  }
  // One file, which can be read where nothing can be written.
  const copy = attempt(() => driver.open(to));
  try {
    attempt(() => copy.exec("PRAGMA journal_mode = DELETE"));
  } finally {
    copy.close();
  }
}

/** The ledger in a copy that is sound. Throws StoreError: `corrupt`, or `newer` for one of a later program. */
export async function readCopy(
  path: string,
): Promise<{ readonly lines: readonly string[]; readonly checkpoint: string | undefined }> {
  const driver = await sqliteDriver();
  const connection = attempt(() => driver.open(path, { readOnly: true }));
  const database = new Database(connection, path, () => undefined);
  try {
    refuseNewerSchema(database);
    const found = database.get("PRAGMA integrity_check");
    if (found?.["integrity_check"] !== "ok") throw new StoreError("corrupt", `${path} is damaged`);
    return ledgerIn(database).read();
  } finally {
    database.close();
  }
}

/** Of the state that was there before a restore: what an old copy must not take back. */
export interface Kept {
  /** Those that hold, as rows. */
  readonly stops: readonly Row[];
  /** All that was accepted, in order, as rows. */
  readonly accepted: readonly Row[];
  /** Of its own tables: the files beside the log are a copy for others. */
  readonly ledger: { readonly lines: readonly string[]; readonly checkpoint: string | undefined };
  /** Process ids of those that are at work on it. */
  readonly living: readonly number[];
}

/**
 * Reads the store of `folder` in a copy of its files, in `copies`: a connection that has been closed can live on until it is
 * collected, and takes away, by its name, the write-ahead log of whatever then stands in that place. A copy that somebody
 * wrote to meanwhile may be torn; then it is unreadable or somebody is living.
 * @throws StoreError where it cannot be read
 */
export async function readKept(folder: string, copies: string): Promise<Kept> {
  privateFolder(copies);
  const copy = join(copies, STORE_FILE);
  await copyFile(join(folder, STORE_FILE), copy, constants.COPYFILE_EXCL);
  await copyFile(join(folder, `${STORE_FILE}-wal`), `${copy}-wal`, constants.COPYFILE_EXCL).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
  const driver = await sqliteDriver();
  const database = await openDatabase(driver, copy, () => undefined);
  try {
    migrate(database);
    return {
      stops: database.all(
        "SELECT id, stop, agent, placed_at FROM stops WHERE lifted_at IS NULL ORDER BY placed_at, rowid",
      ),
      accepted: database.all("SELECT config, archived FROM accepted ORDER BY n"),
      ledger: ledgerIn(database).read(),
      living: processes(database, driver, join(folder, "live")).flatMap(({ alive, pid }) => (alive ? [pid] : [])),
    };
  } finally {
    database.close();
  }
}

export interface Voided {
  readonly requests: number;
  readonly passes: number;
  readonly tokens: number;
}

export interface EpochFacts {
  readonly epoch: string;
  readonly now: number;
  /** Left out: nothing was there. */
  readonly kept?: Kept;
  /** Whether what was there and this copy are of one ledger: then what was accepted since stays accepted. */
  readonly goesOn: boolean;
}

const NOTE = "the state was restored from a backup";
const EPOCH_NOTE = "epoch";

/**
 * Begins a new epoch in a restored folder, in one transaction: what somebody was let by before lets nobody by any more, and
 * every stop holds, of the copy and of what was there. Evidence stays: requests, statements, claims, uses.
 */
export async function beginEpoch(
  folder: string,
  { epoch, now, kept, goesOn }: EpochFacts,
): Promise<{ readonly voided: Voided; readonly stops: number }> {
  // Without a write-ahead log: the file is about to be put elsewhere.
  const path = join(folder, STORE_FILE);
  const driver = await sqliteDriver();
  const database = new Database(
    attempt(() => driver.open(path)),
    path,
    () => undefined,
  );
  try {
    migrate(database);
    const dead = database.all("SELECT id FROM processes").map((row) => textIn(row, "id"));
    const result = database.write(() => {
      const note = JSON.stringify(NOTE);
      // Claimed for good too: a state that is set back by hand then opens nothing.
      database.run(
        `INSERT OR IGNORE INTO claims (request, process, at)
         SELECT id, 'restore', ? FROM requests WHERE state IN ('pending', 'approved')`,
        now,
      );
      const requests = database.run(
        "UPDATE requests SET state = 'invalidated', closed_at = ?, note = ? WHERE state IN ('pending', 'approved')",
        now,
        note,
      );
      database.run(
        "UPDATE requests SET state = 'unknown', closed_at = ?, note = ? WHERE state = 'executing'",
        now,
        note,
      );
      const passes = database.run(
        "UPDATE passes SET revoked_at = ?, revoked_by = ? WHERE revoked_at IS NULL",
        now,
        JSON.stringify("restore"),
      );
      const tokens = database.run("UPDATE tokens SET revoked_at = ? WHERE revoked_at IS NULL", now);
      database.run("UPDATE enrolments SET state = 'void' WHERE state = 'open'");
      database.run("UPDATE results SET taken = 1");
      for (const table of ["tasks", "attendance"]) database.run(`DELETE FROM ${table}`);
      // What was to be told is about what is void; what is told from here on is new.
      database.run("DELETE FROM outbox WHERE settled_at IS NULL");
      if (kept !== undefined) keepStops(database, kept.stops);
      if (kept !== undefined && goesOn) keepAccepted(database, kept.accepted);
      database.run("INSERT OR REPLACE INTO notes (key, value) VALUES (?, ?)", EPOCH_NOTE, JSON.stringify(epoch));
      const stops = database.get("SELECT count(*) AS count FROM stops WHERE lifted_at IS NULL");
      return { voided: { requests, passes, tokens }, stops: numberIn(stops ?? {}, "count") };
    });
    // Nobody holds a lock on them, so that all of them are known to be dead and their streams are settled.
    privateFolder(join(folder, "live"));
    for (const id of dead) privateFile(join(folder, "live", `${id}.db`));
    return result;
  } finally {
    database.close();
  }
}

function keepStops(database: Database, rows: readonly Row[]): void {
  for (const row of rows) {
    const { id } = jsonIn(row, "stop", isStop);
    database.run(
      `INSERT INTO stops (id, stop, agent, placed_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET lifted_at = NULL`,
      id,
      textIn(row, "stop"),
      row["agent"] === null ? null : textIn(row, "agent"),
      maybeNumberIn(row, "placed_at") ?? 0,
    );
  }
}

/** A restore must not bring back rights that were taken away since. */
function keepAccepted(database: Database, rows: readonly Row[]): void {
  const configs = new Set(rows.map((row) => textIn(row, "config")));
  for (const config of configs) {
    const own = rows.filter((row) => row["config"] === config);
    const last = database.get("SELECT archived FROM accepted WHERE config = ? ORDER BY n DESC LIMIT 1", config);
    // Only what goes on from what the copy had: something else may have been accepted first in an empty state.
    if (last === undefined || !own.some((row) => row["archived"] === last["archived"])) continue;
    database.run("DELETE FROM accepted WHERE config = ?", config);
    for (const row of own)
      database.run("INSERT INTO accepted (config, archived) VALUES (?, ?)", config, textIn(row, "archived"));
  }
}
