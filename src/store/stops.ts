/** Stops as rows. */

import type { Database } from "./database.ts";
import { isStop } from "./facts.ts";
import { jsonIn, textIn } from "./row.ts";
import type { Stop } from "./store.ts";

/** Within `write`. */
export function placeStop(database: Database, stop: Stop): void {
  database.run(
    "INSERT INTO stops (id, stop, agent, placed_at) VALUES (?, ?, ?, ?)",
    stop.id,
    JSON.stringify(stop),
    stop.agent ?? null,
    stop.placedAt,
  );
}

/** Within `write`: false when it holds no longer, or never did. */
export const liftStop = (database: Database, id: string, at: number): boolean =>
  database.run("UPDATE stops SET lifted_at = ? WHERE id = ? AND lifted_at IS NULL", at, id) === 1;

/** Those that hold, oldest first. */
export const stops = (database: Database): readonly Stop[] =>
  database
    .all("SELECT stop FROM stops WHERE lifted_at IS NULL ORDER BY placed_at, rowid")
    .map((row) => jsonIn(row, "stop", isStop));

/** Whether one holds for this agent, by itself or with all. */
export const holdsFor = (database: Database, agent: string): boolean =>
  database.get("SELECT 1 FROM stops WHERE lifted_at IS NULL AND (agent IS NULL OR agent = ?) LIMIT 1", agent) !==
  undefined;

/** Within `write`. */
export function acknowledgeStop(database: Database, stop: string, process: string): void {
  database.run("INSERT OR IGNORE INTO acknowledgements (stop, process) VALUES (?, ?)", stop, process);
}

export const acknowledgements = (database: Database, stop: string): readonly string[] =>
  database
    .all("SELECT process FROM acknowledgements WHERE stop = ? ORDER BY process", stop)
    .map((row) => textIn(row, "process"));
