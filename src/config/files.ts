/**
 * The bytes of a configuration, from disk: what is digested and archived. Reads nothing into them, so that a start which
 * knows them already need not load any parser.
 */

import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { filesDigest } from "../audit/files-digest.ts";
import type { Problem } from "../policy/manifest.ts";
import { ConfigError, systemCode } from "./error.ts";
import { problem } from "./problem.ts";

/** Texts by name relative to the folder: `kidoban.yaml`, `manifests/a.yaml`, `kidoban.lock/s.yaml`, always with `/`. */
export type Files = ReadonlyMap<string, string>;

/** Definitions of big servers take some 100 KB; anything near this is not written by people. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** sha256, hex, over names and contents, whatever their order. */
export const digestOf = (files: Files): string => filesDigest(files);

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
