/** Keeps what a server writes to stderr in a file that only its owner reads, the last one to two mebibytes of it. */

import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MAX_BYTES = 1024 * 1024;

export interface StderrFile {
  write(chunk: Buffer): void;
  close(): void;
}

/** Appends to `path`; when it is full it becomes `path.1`. Losing stderr never disturbs a server, so errors end quietly. */
export function stderrFile(path: string): StderrFile {
  let file: number | undefined;
  let size = 0;

  const open = (): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    file = openSync(path, "a", 0o600);
    chmodSync(path, 0o600);
    size = fstatSync(file).size;
  };
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const guarded = (step: () => void): void => {
    try {
      step();
    } catch {
      // A full disk or a folder of somebody else: the server's own words are the one thing we can do without.
      file = undefined;
    }
  };

  guarded(open);
  return {
    write(chunk) {
      guarded(() => {
        if (file === undefined) return;
        if (size + chunk.length > MAX_BYTES && size > 0) {
          close();
          renameSync(path, `${path}.1`);
          open();
        }
        size += writeSync(file, chunk.subarray(0, MAX_BYTES));
      });
    },
    close: () => guarded(close),
  };
}
