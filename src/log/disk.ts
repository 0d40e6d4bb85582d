/** One append-only file as a stream needs it, so that a test can put a failing disk in its place. */

import { closeSync, constants, fdatasync, fsyncSync, openSync, writeSync } from "node:fs";

export interface Disk {
  /** Appends at once and gives the bytes taken, which may be fewer than given; keeps none. Throws what the system says. */
  write(bytes: Uint8Array): number;
  /** Settles when everything written is on the device. */
  datasync(): Promise<void>;
  close(): void;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND } = constants;

/** Creates a file that only its owner may read; throws when it is there already. */
export function createFile(path: string): Disk {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600);
  return {
    write: (bytes) => writeSync(fd, bytes),
    datasync: () =>
      new Promise((resolve, reject) => {
        fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
      }),
    close: () => closeSync(fd),
  };
}

/** Makes new names in a folder durable: a file can be synced and yet be lost with its name. */
export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
