/** Tells whether anybody has committed anything, for a fifth of what it costs to ask SQLite. Knows no table. */

import { openSync, readSync } from "node:fs";

/**
 * The header of the index of the write-ahead log stands twice at the start of `-shm`
 * (https://sqlite.org/walformat.html, section 2.1). By these bytes, and by nothing else, SQLite itself tells that there is
 * something new: a commit is one once both have been written, and its counter and check sums make them others each time.
 */
const HEADERS_BYTES = 2 * 48;
const IS_INITIALIZED = 12;

/**
 * Gives the same number as before only if no process, this one included, has committed since; NaN, which is never the
 * same, where that cannot be told.
 */
export function commitNumber(shmPath: string): () => number {
  const now = Buffer.alloc(HEADERS_BYTES);
  const before = Buffer.alloc(HEADERS_BYTES);
  let number = 0;
  /** Never closed: with any descriptor of it that a process closes, all locks that SQLite has there are gone (POSIX). */
  let file: number | undefined;
  return () => {
    try {
      file ??= openSync(shmPath, "r");
      if (readSync(file, now, 0, HEADERS_BYTES, 0) < HEADERS_BYTES || now[IS_INITIALIZED] === 0) return Number.NaN;
    } catch {
      return Number.NaN;
    }
    if (!now.equals(before)) {
      now.copy(before);
      number += 1;
    }
    return number;
  };
}
