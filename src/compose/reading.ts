/**
 * What configuration files say. What accepted bytes say is kept beside them in the store, under their digest and this
 * program's version, so that a start with nothing new loads no parser: that is most of the time a start takes.
 */

import { basename } from "node:path";
import { digestOf, readFiles, type Files } from "../config/files.ts";
import type { Keeping } from "../audit/keeping.ts";
import type { Config } from "../config/config-file.ts";
import type { Loaded } from "../config/load.ts";
import { withSql } from "../config/sql-readers.ts";
import { isObject } from "../policy/json.ts";
import { keepingOf } from "./keeping.ts";
import type { Store } from "../store/store.ts";
import { VERSION } from "./version.ts";

/** The members that are maps, as lists of pairs. */
interface Kept {
  readonly version: string;
  readonly digest: string;
  readonly config: Omit<Config, "servers" | "secrets">;
  readonly servers: readonly (readonly [string, never])[];
  readonly secrets: readonly (readonly [string, never])[];
  readonly manifests: readonly (readonly [string, never])[];
  readonly locks: readonly (readonly [string, never])[];
}

const noteOf = (configPath: string): string => `read/${configPath}`;

async function parse(files: Files, folder: string): Promise<Loaded> {
  const { parseFiles } = await import("../config/load.ts");
  return withSql(parseFiles(files, folder));
}

function keep(loaded: Loaded, digest: string): string | undefined {
  const { config, manifests, locks, problems } = loaded;
  // Only what came into force without a word of complaint.
  if (config === undefined || problems.length > 0) return undefined;
  const { servers, secrets, ...rest } = config;
  const maps = { servers: [...servers], secrets: [...secrets], manifests: [...manifests], locks: [...locks] };
  return JSON.stringify({ version: VERSION, digest, config: rest, ...maps });
}

function revive(text: string | undefined, digest: string, files: Files): Loaded | undefined {
  if (text === undefined) return undefined;
  const kept: unknown = JSON.parse(text);
  if (!isObject(kept) || kept["version"] !== VERSION || kept["digest"] !== digest) return undefined;
  const { config, servers, secrets, manifests, locks } = kept as unknown as Kept;
  return {
    config: { ...config, servers: new Map(servers), secrets: new Map(secrets) },
    manifests: new Map(manifests),
    locks: new Map(locks),
    sql: new Map(),
    sources: files,
    problems: [],
  };
}

/** Accepted bytes, from the archive or found unchanged on disk. */
export async function readAccepted(store: Store, configPath: string, files: Files, folder: string): Promise<Loaded> {
  const digest = digestOf(files);
  const kept = revive(await store.note(noteOf(configPath)), digest, files);
  return kept === undefined ? readAnew(store, configPath, files, folder) : withSql(kept);
}

/** The same by the bytes alone, whatever the store keeps of their reading. */
export async function readAnew(store: Store, configPath: string, files: Files, folder: string): Promise<Loaded> {
  const loaded = await parse(files, folder);
  const text = keep(loaded, digestOf(files));
  if (text !== undefined) await store.setNote(noteOf(configPath), text);
  return loaded;
}

/** Whom accepted bytes name as approvers, and what they keep; undefined where they cannot be read. */
export async function saysOf(configPath: string, files: Files, folder: string): Promise<Keeping | undefined> {
  const { readConfig } = await import("../config/config-file.ts");
  const name = basename(configPath);
  const { config } = readConfig(name, files.get(name) ?? "", folder);
  return config && keepingOf(config);
}

/** The files on disk, with every mistake in them; `accepted`: the digest whose reading may be taken from the store. */
export async function readDisk(store: Store, configPath: string, accepted?: string): Promise<Loaded> {
  const { files, folder, problems } = await readFiles(configPath);
  const loaded =
    digestOf(files) === accepted ? await readAccepted(store, configPath, files, folder) : await parse(files, folder);
  return { ...loaded, problems: [...problems, ...loaded.problems] };
}
