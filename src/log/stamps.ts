/** The folder of a log's stamps: each beside the checkpoint that it is of, as `openssl ts -verify` takes the two. */

import { mkdirSync } from "node:fs";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Chunks } from "../audit/lines.ts";
import type { StampFile } from "../audit/stamps.ts";
import { putFile, syncFolder } from "./disk.ts";
import { readLater } from "./read-later.ts";

export const STAMP_FOLDER = "stamps";

const NAME = /^(0|[1-9]\d{0,14})\.(checkpoint|tsr)$/;

export const stampFile = (size: number): string => `${STAMP_FOLDER}/${size}.tsr`;
const stampedFile = (size: number): string => `${STAMP_FOLDER}/${size}.checkpoint`;

/** Of files by their names within the log; a checkpoint without a stamp is what a killed process left, and nothing. */
export function stampsAmong(files: ReadonlyMap<string, Chunks>): readonly StampFile[] {
  return [...files]
    .flatMap(([name, answer]): readonly StampFile[] => {
      const inFolder = name.startsWith(`${STAMP_FOLDER}/`) ? name.slice(STAMP_FOLDER.length + 1) : "";
      const [, size, kind] = NAME.exec(inFolder) ?? [];
      if (size === undefined || kind !== "tsr") return [];
      return [{ size: Number(size), note: files.get(stampedFile(Number(size))), answer }];
    })
    .toSorted((a, b) => a.size - b.size);
}

/** Files of stamps as they are put into a copy of the log, up to a size of its ledger. */
export const stampParts = (stamps: readonly StampFile[], upTo: number): readonly (readonly [string, Chunks])[] =>
  stamps.flatMap(({ size, note, answer }) => {
    if (size > upTo) return [];
    const own = [stampFile(size), answer] as const;
    return note === undefined ? [own] : [[stampedFile(size), note] as const, own];
  });

const namesIn = async (dir: string): Promise<readonly string[]> =>
  (await readdir(join(dir, STAMP_FOLDER)).catch(() => [])).filter((name) => NAME.test(name));

/** Of a log's folder. A log of an older program, or one that nobody stamps, has none. */
export async function stampsIn(dir: string): Promise<readonly StampFile[]> {
  const names = (await namesIn(dir)).map((name) => `${STAMP_FOLDER}/${name}`);
  return stampsAmong(new Map(names.map((name) => [name, readLater(join(dir, name))])));
}

/** Durable when it returns: the checkpoint first, so that no stamp ever stands without it. Throws what the file system says. */
export function keepStamp(dir: string, size: number, note: string, answer: Uint8Array): void {
  mkdirSync(join(dir, STAMP_FOLDER), { recursive: true, mode: 0o700 });
  putFile(join(dir, stampedFile(size)), note);
  putFile(join(dir, stampFile(size)), answer);
  syncFolder(join(dir, STAMP_FOLDER));
  syncFolder(dir);
}

/** Into a copy of the log whose ledger has this size. */
export async function copyStamps(dir: string, to: string, size: number): Promise<void> {
  const names = (await namesIn(dir)).filter((name) => Number(name.split(".", 1)[0]) <= size);
  if (names.length === 0) return;
  await mkdir(join(to, STAMP_FOLDER), { mode: 0o700 });
  for (const name of names) await copyFile(join(dir, STAMP_FOLDER, name), join(to, STAMP_FOLDER, name));
}
