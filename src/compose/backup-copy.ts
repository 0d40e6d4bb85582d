/**
 * The files of a backup, copied to where nobody else writes before anything of them is believed: a backup may stand on a
 * drive that others can write to, and what is checked must be what is used. Only regular files that the manifest names.
 */

import { constants } from "node:fs";
import { lstat, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MANIFEST_FILE, namesIn, type Manifest } from "./backup-manifest.ts";

const CHUNK_BYTES = 1 << 20;
/** A pipe must not hold us up, and a link must not lead us elsewhere. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The name of the first file that is not there as the manifest says, or is there without being in it. What it holds is not looked at. */
export async function copyBackup(from: string, to: string, { files }: Manifest): Promise<string | undefined> {
  const there = new Set(await namesIn(from));
  for (const { name, bytes } of files) {
    if (!there.delete(name) || !isBelow(name)) return name;
    if (!(await copyFile(from, to, name, bytes))) return name;
  }
  if (there.size > 0) return [...there][0];
  // As long as it is: its signature says how much of it counts.
  return (await copyFile(from, to, MANIFEST_FILE, undefined)) ? undefined : MANIFEST_FILE;
}

const isBelow = (name: string): boolean =>
  name.split("/").every((part) => part !== "" && part !== "." && part !== "..");

/** `bytes`: how long it must be. False where it is no regular file of that length in folders of its own. */
async function copyFile(from: string, to: string, name: string, bytes: number | undefined): Promise<boolean> {
  for (let folder = dirname(name); folder !== "."; folder = dirname(folder))
    if (!(await lstat(join(from, folder))).isDirectory()) return false;
  const source = await open(join(from, name), READ).catch(() => undefined);
  if (source === undefined) return false;
  try {
    const found = await source.stat();
    if (!found.isFile() || found.size !== (bytes ?? found.size)) return false;
    await mkdir(join(to, dirname(name)), { recursive: true, mode: 0o700 });
    const target = await open(join(to, name), "wx", 0o600);
    try {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, found.size));
      let left = found.size;
      while (left > 0) {
        const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, left));
        if (bytesRead === 0) return false;
        await target.writeFile(chunk.subarray(0, bytesRead));
        left -= bytesRead;
      }
      await target.sync();
    } finally {
      await target.close();
    }
    return true;
  } finally {
    await source.close();
  }
}
