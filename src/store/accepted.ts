/** Accepted configurations, archived whole, and small notes, as rows. */

import { isObject } from "../policy/json.ts";
import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { isText, jsonIn, textIn } from "./row.ts";
import type { AcceptedConfig } from "./store.ts";

interface Archived extends Omit<AcceptedConfig, "files"> {
  readonly files: readonly (readonly [string, string])[];
}

/** Its shape alone: whoever can write the row can write this. */
const isAcceptance = (value: unknown): boolean =>
  isObject(value) && isObject(value["body"]) && isText(value["key"]) && isText(value["signature"]);

const isArchived = (value: unknown): value is Archived =>
  isObject(value) &&
  typeof value["config"] === "string" &&
  typeof value["digest"] === "string" &&
  typeof value["by"] === "string" &&
  typeof value["acceptedAt"] === "number" &&
  (value["previous"] === undefined || isText(value["previous"])) &&
  (value["acceptance"] === undefined || isAcceptance(value["acceptance"])) &&
  Array.isArray(value["files"]) &&
  value["files"].every((file) => Array.isArray(file) && file.length === 2 && file.every(isText));

function configIn(row: Row): AcceptedConfig {
  const archived = jsonIn(row, "archived", isArchived);
  return { ...archived, files: new Map(archived.files) };
}

/** The last accepted one of a configuration, named by its path. */
export function accepted(database: Database, config: string): AcceptedConfig | undefined {
  const row = database.get(
    "SELECT archived FROM accepted WHERE config = ? ORDER BY n DESC LIMIT 1",
    JSON.stringify(config),
  );
  return row === undefined ? undefined : configIn(row);
}

/** The last accepted one of each configuration. */
export const acceptedConfigs = (database: Database): readonly AcceptedConfig[] =>
  database
    .all("SELECT archived FROM accepted WHERE n IN (SELECT MAX(n) FROM accepted GROUP BY config) ORDER BY config")
    .map(configIn);

/** Its digest alone, which every gate looks at after each change of the store. */
export function acceptedDigest(database: Database, config: string): string | undefined {
  const row = database.get(
    "SELECT json_extract(archived, '$.digest') AS digest FROM accepted WHERE config = ? ORDER BY n DESC LIMIT 1",
    JSON.stringify(config),
  );
  return row === undefined ? undefined : textIn(row, "digest");
}

export function firstAcceptedAt(database: Database, config: string): number | undefined {
  const row = database.get("SELECT archived FROM accepted WHERE config = ? ORDER BY n LIMIT 1", JSON.stringify(config));
  return row === undefined ? undefined : configIn(row).acceptedAt;
}

/** What came after the last one with this digest, oldest first. */
export const acceptedSince = (database: Database, config: string, digest: string): readonly AcceptedConfig[] =>
  database
    .all(
      `SELECT archived FROM accepted WHERE config = ?1 AND n >
       (SELECT MAX(n) FROM accepted WHERE config = ?1 AND json_extract(archived, '$.digest') = ?2) ORDER BY n`,
      JSON.stringify(config),
      digest,
    )
    .map(configIn);

/** All of it, oldest first. */
export const acceptedHistory = (database: Database, config: string): readonly AcceptedConfig[] =>
  database.all("SELECT archived FROM accepted WHERE config = ? ORDER BY n", JSON.stringify(config)).map(configIn);

/** Within `write`; earlier ones stay in the archive. False when another one than its `previous` is the last. */
export function accept(database: Database, config: AcceptedConfig): boolean {
  if (acceptedDigest(database, config.config) !== config.previous) return false;
  const archived: Archived = { ...config, files: [...config.files] };
  database.run(
    "INSERT INTO accepted (config, archived) VALUES (?, ?)",
    JSON.stringify(config.config),
    JSON.stringify(archived),
  );
  return true;
}

export function note(database: Database, key: string): string | undefined {
  const row = database.get("SELECT value FROM notes WHERE key = ?", key);
  return row === undefined ? undefined : jsonIn(row, "value", isText);
}

/** Within `write`. */
export function setNote(database: Database, key: string, value: string): void {
  database.run("INSERT OR REPLACE INTO notes (key, value) VALUES (?, ?)", key, JSON.stringify(value));
}
