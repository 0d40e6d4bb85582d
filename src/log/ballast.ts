/**
 * A reserve in the log folder: given up when there is no room left, so that outcomes of calls in flight, a stop and a
 * notice can still be written, and made anew when there is. All processes of one state share it.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, unlinkSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { hasRoom, ROOM_BYTES } from "./cause.ts";

const BALLAST_FILE = "ballast";
const BLOCK_BYTES = 64 * 1024;

/** False where there was none to give up. */
export function releaseBallast(dir: string): boolean {
  try {
    unlinkSync(join(dir, BALLAST_FILE));
    return true;
  } catch {
    return false;
  }
}

/** Whether it stands, made now where it did not, and there is room beside it. */
export function keepBallast(dir: string): boolean {
  const path = join(dir, BALLAST_FILE);
  if (statSync(path, { throwIfNoEntry: false })?.size === ROOM_BYTES) return hasRoom(dir);
  if (!hasRoom(dir)) return false;
  const draft = join(dir, `.${BALLAST_FILE}.${process.pid}`);
  try {
    fill(draft);
    renameSync(draft, path);
    return hasRoom(dir);
  } catch {
    rmSync(draft, { force: true });
    return false;
  }
}

/** Really allocated, also where the file system compresses or leaves holes. */
function fill(path: string): void {
  const fd = openSync(path, "w", 0o600);
  try {
    const block = randomBytes(BLOCK_BYTES);
    for (let done = 0; done < ROOM_BYTES;) done += writeSync(fd, block, 0, Math.min(BLOCK_BYTES, ROOM_BYTES - done));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
