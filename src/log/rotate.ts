/** A stream that has grown large, or begun on another day, is succeeded by the next. Knows nothing of who decides how large. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { bodiesFile, entriesFile } from "./names.ts";
import type { OpenLog } from "./open.ts";

export interface Rotation {
  /** Of a stream's entries and bodies together. */
  readonly bytes: number;
  /** At UTC midnight. */
  readonly daily: boolean;
}

/** What is to be succeeded; its name is the moment at which it began. */
type Current = Pick<OpenLog, "stream" | "succeed" | "sealed">;

/** Whether it is time, by its files. */
async function isDue(dir: string, stream: string, { bytes, daily }: Rotation, now: number): Promise<boolean> {
  const today = new Date(now).toISOString().slice(0, 10).replaceAll("-", "");
  if (daily && stream.slice(0, 8) < today) return true;
  const sizes = await Promise.all(
    [entriesFile(stream), bodiesFile(stream)].map((name) =>
      stat(join(dir, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) >= bytes;
}

/** Gives whether it was. What keeps a successor from being opened now may be gone at the next look. */
export async function rotate(dir: string, log: Current, rotation: Rotation, now: number): Promise<boolean> {
  if (log.sealed !== undefined || !(await isDue(dir, log.stream, rotation, now))) return false;
  return log.succeed("rotated").then(
    () => true,
    () => false,
  );
}

const LOOK_MS = 5000;

/** Looks every few seconds, until the function it gives is called. `rotation` is asked each time. */
export function keepRotating(dir: string, log: Current, rotation: () => Rotation, now: () => number): () => void {
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void rotate(dir, log, rotation(), now())
      .catch(() => false)
      .finally(() => (looking = false));
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
