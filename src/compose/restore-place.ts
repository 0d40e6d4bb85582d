/**
 * Puts a restored state in the place of what was there, which is kept beside it. A mark stands in the folder meanwhile: no
 * process opens a state that is half of one and half of another, and the next restore first takes back what was not finished.
 */

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { createPrivateFile, readPrivateFile } from "../config/private-file.ts";
import { syncFolder } from "../log/disk.ts";
import { isAbsent } from "../log/error-code.ts";
import { StoreError } from "../store/store.ts";
import { MARK } from "./half-restored.ts";

/** What a backup holds, with what leans on it. Keys, logins and the rest of the folder stay. */
const PARTS = [
  "log",
  "kidoban.db",
  "kidoban.db-wal",
  "kidoban.db-shm",
  "live",
  "index.db",
  "index.db-wal",
  "index.db-shm",
] as const;

const mark = z.strictObject({ draft: z.string(), aside: z.string(), had: z.array(z.enum(PARTS)) });
type Mark = z.infer<typeof mark>;

/** Names of folders within the state: `draft` holds the restored parts, `aside` is to hold what was there. */
export async function beginPlacing(stateDir: string, draft: string, aside: string): Promise<Mark> {
  const had = PARTS.filter((part) => existsSync(join(stateDir, part)));
  const text: Mark = { draft, aside, had };
  if (!(await createPrivateFile(join(stateDir, MARK), `${JSON.stringify(text)}\n`)))
    throw new StoreError("busy", "another restore is at work here");
  return text;
}

export async function place(stateDir: string, { draft, aside, had }: Mark): Promise<void> {
  if (had.length > 0) await mkdir(join(stateDir, aside), { mode: 0o700 });
  for (const part of had)
    await rename(join(stateDir, part), join(stateDir, aside, part)).catch((error: unknown) => {
      // SQLite's own two go when the last that had the database open closes it, even a reader: all is in the database then.
      if (!isAbsent(error) || !/-(wal|shm)$/.test(part)) throw error;
    });
  for (const part of PARTS)
    if (existsSync(join(stateDir, draft, part))) await rename(join(stateDir, draft, part), join(stateDir, part));
  await rm(join(stateDir, draft), { recursive: true });
  syncFolder(stateDir);
  await rm(join(stateDir, MARK));
  syncFolder(stateDir);
}

/** Takes back a restore that was not finished; false where there is none. */
export async function takeBack(stateDir: string): Promise<boolean> {
  const text = await readPrivateFile(join(stateDir, MARK));
  if (text === undefined) return false;
  const { draft, aside, had } = mark.parse(JSON.parse(text));
  for (const part of PARTS) {
    const [own, kept] = [join(stateDir, part), join(stateDir, aside, part)];
    // What was there and is not aside was not reached; what was not there came from the backup.
    if (had.includes(part) && !existsSync(kept)) continue;
    await rm(own, { recursive: true, force: true });
    if (had.includes(part)) await rename(kept, own);
  }
  for (const folder of [draft, aside]) await rm(join(stateDir, folder), { recursive: true, force: true });
  syncFolder(stateDir);
  await rm(join(stateDir, MARK));
  return true;
}
