/**
 * A file in the place of another, so that at every moment one of them stands there whole: written beside, synced, read back
 * and compared, renamed, its folder synced. What a crash leaves behind is told by its name and taken away by the next.
 */

import { open, readdir, rename, unlink, utimes, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "./disk.ts";

const DRAFT = /^\.draft-/;

/**
 * `write` gives the new bytes; `isRight` looks at the draft once it is on the device. `mtimeMs`: the last change that the
 * file is to say. False where what was written is not what it should be: nothing has changed then.
 */
export async function replaceFile(
  dir: string,
  name: string,
  mtimeMs: number,
  chunks: AsyncIterable<Uint8Array>,
  isRight: (draft: string) => Promise<boolean>,
): Promise<boolean> {
  const draft = `.draft-${process.pid}-${name}`;
  const path = join(dir, draft);
  const file = await open(path, "w", 0o600);
  try {
    await writeAll(file, chunks);
    await file.sync();
  } finally {
    await file.close();
  }
  if (!(await isRight(draft))) {
    await unlink(path);
    return false;
  }
  // Who asks for the newest entries goes by it.
  await utimes(path, mtimeMs / 1000, mtimeMs / 1000);
  await rename(path, join(dir, name));
  syncFolder(dir);
  return true;
}

async function writeAll(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) await file.writeFile(chunk);
}

/** Takes away what a process that died has left; nobody else may be at it. */
export async function clearDrafts(dir: string): Promise<void> {
  for (const name of await readdir(dir)) if (DRAFT.test(name)) await unlink(join(dir, name));
}
