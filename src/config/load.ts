/**
 * kidoban.yaml, manifests/*.yaml and kidoban.lock/*.yaml: read from disk, or taken from the archive of what was accepted
 * (P12), and checked together. Never searches: it reads beside the path it is given.
 */

import { basename } from "node:path";
import type { Lock, Manifest, Problem } from "../policy/manifest.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";
import { readConfig, type Config } from "./config-file.ts";
import { ConfigError } from "./error.ts";
import { readFiles, type Files } from "./files.ts";
import { readLock } from "./lock-file.ts";
import { readManifest } from "./manifest-file.ts";
import { hasErrors, problem } from "./problem.ts";
import { settle } from "./references.ts";
import { id, valid } from "./shape.ts";
import { withSql } from "./sql-readers.ts";

export interface Loaded {
  /** Undefined when kidoban.yaml itself is wrong. */
  readonly config: Config | undefined;
  /** By agent; those without mistakes. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** By server; those without mistakes. */
  readonly locks: ReadonlyMap<string, Lock>;
  /** For the dialects that any of it names; none where the files were only parsed. */
  readonly sql: SqlReaders;
  readonly sources: Files;
  /** With an error among them, nothing of this may come into force. */
  readonly problems: readonly Problem[];
}

/** @throws ConfigError `missing` without kidoban.yaml, `unreadable` when a file cannot be read. */
export async function loadConfig(configPath: string): Promise<Loaded> {
  const { files, folder, problems } = await readFiles(configPath);
  const loaded = await withSql(parseFiles(files, folder));
  return { ...loaded, problems: [...problems, ...loaded.problems] };
}

/** Everything that the files say, with every mistake in and between them. The one file outside a folder is kidoban.yaml. */
export function parseFiles(files: Files, folder: string): Loaded {
  const main = [...files.keys()].find((name) => !name.includes("/"));
  if (main === undefined) throw new ConfigError("missing", "there is no kidoban.yaml among these files");
  const { config, known, problems: found } = readConfig(main, files.get(main) ?? "", folder);
  const problems = [...found];
  const manifests = new Map<string, Manifest>();
  const locks = new Map<string, Lock>();
  for (const [file, text] of files) {
    const name = basename(file, ".yaml");
    if (file.startsWith("manifests/")) {
      const read = readManifest(file, text, name);
      const own = [...read.problems];
      // With kidoban.yaml unreadable every reference would be wrong; one mistake is told once.
      if (known !== undefined) own.push(...settle(read.references, known));
      problems.push(...own);
      if (read.manifest !== undefined && !hasErrors(own)) manifests.set(read.manifest.agent, read.manifest);
    } else if (file.startsWith("kidoban.lock/")) {
      const named = valid(id, name) !== undefined;
      if (!named) problems.push(problem("bad-server-file", { name }, { file, line: 1, column: 1 }));
      const read = readLock(file, text, name);
      problems.push(...read.problems);
      if (named && read.lock !== undefined) locks.set(name, read.lock);
    }
  }
  return { config, manifests, locks, sql: new Map(), sources: files, problems };
}
