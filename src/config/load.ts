/**
 * kidoban.yaml, manifests/*.yaml and kidoban.lock/*.yaml: read from disk, or taken from the archive of what was accepted
 * (P12), and checked together. Never searches: it reads beside the path it is given.
 */

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Lock, Manifest, Problem } from "../policy/manifest.ts";
import { readConfig, type Config } from "./config-file.ts";
import { ConfigError, systemCode } from "./error.ts";
import { readLock } from "./lock-file.ts";
import { readManifest } from "./manifest-file.ts";
import { hasErrors, problem } from "./problem.ts";
import { settle } from "./references.ts";
import { id, valid } from "./shape.ts";
import { MAX_FILE_BYTES } from "./yaml.ts";

/** Texts by name relative to the folder: `kidoban.yaml`, `manifests/a.yaml`, `kidoban.lock/s.yaml`, always with `/`. */
export type Files = ReadonlyMap<string, string>;

export interface Loaded {
  /** Undefined when kidoban.yaml itself is wrong. */
  readonly config: Config | undefined;
  /** By agent; those without mistakes. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** By server; those without mistakes. */
  readonly locks: ReadonlyMap<string, Lock>;
  readonly sources: Files;
  /** With an error among them, nothing of this may come into force. */
  readonly problems: readonly Problem[];
}

/** @throws ConfigError `missing` without kidoban.yaml, `unreadable` when a file cannot be read. */
export async function loadConfig(configPath: string): Promise<Loaded> {
  const { files, folder, problems } = await readFiles(configPath);
  const loaded = parseFiles(files, folder);
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
  return { config, manifests, locks, sources: files, problems };
}

/** sha256, hex, over names and contents, whatever their order. */
export function digestOf(files: Files): string {
  const hash = createHash("sha256");
  for (const [name, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Lengths keep a name's end and a text's beginning apart.
    for (const part of [Buffer.from(name), Buffer.from(text)]) hash.update(`${part.length}:`).update(part);
  }
  return hash.digest("hex");
}

export interface FilesOnDisk {
  readonly files: Files;
  /** Absolute. */
  readonly folder: string;
  /** About the files themselves: who may write them, what is passed over. */
  readonly problems: readonly Problem[];
}

/** The bytes alone, for digest and archive. @throws ConfigError as `loadConfig`. */
export async function readFiles(configPath: string): Promise<FilesOnDisk> {
  const path = resolve(configPath);
  const folder = dirname(path);
  const files = new Map<string, string>();
  const problems: Problem[] = [];
  const names = [basename(path)];
  for (const kind of ["manifests", "kidoban.lock"]) {
    for (const name of await listFolder(join(folder, kind))) {
      if (name.endsWith(".yaml")) names.push(`${kind}/${name}`);
      else if (/\.ya?ml$/i.test(name))
        problems.push(problem("file-ignored", {}, { file: `${kind}/${name}`, line: 1, column: 1 }, "warning"));
    }
  }
  for (const name of names) files.set(name, await readText(join(folder, name), name, problems));
  return { files, folder, problems };
}

/** Names in it, sorted, editors' hidden ones left out; none when there is no such folder. */
async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith(".")).toSorted();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw new ConfigError("unreadable", `cannot read ${folder}: ${systemCode(error) ?? "unknown error"}`, error);
  }
}

async function readText(path: string, name: string, problems: Problem[]): Promise<string> {
  const place = { file: name, line: 1, column: 1 };
  try {
    // NONBLOCK, or a FIFO under this name would hold the start for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { mode, size } = await file.stat();
      if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new ConfigError("unreadable", `${path} is not a file`);
      if (size > MAX_FILE_BYTES) throw new ConfigError("unreadable", `${path} is larger than ${MAX_FILE_BYTES} bytes`);
      if ((mode & 0o002) !== 0)
        problems.push(problem("others-can-write", { mode: (mode & 0o777).toString(8) }, place, "warning"));
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof TypeError) {
      problems.push(problem("not-utf8", {}, place));
      return "";
    }
    const code = systemCode(error) ?? "unknown error";
    throw new ConfigError(code === "ENOENT" ? "missing" : "unreadable", `cannot read ${path}: ${code}`, error);
  }
}
