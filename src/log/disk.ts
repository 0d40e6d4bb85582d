/** One append-only file as a stream needs it, so that a test can put a failing disk in its place. */

import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

export interface Disk {
  /** Appends at once and gives the bytes taken, which may be fewer than given; keeps none. Throws what the system says. */
  write(bytes: Uint8Array): number;
  /** Settles when everything written is on the device. */
  datasync(): Promise<void>;
  /** Whether what was written can be found: a file that was deleted or moved away still takes everything. */
  isThere(): boolean;
  close(): void;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND } = constants;

/** Creates a file that only its owner may read; throws when it is there already. */
export function createFile(path: string): Disk {
  return new FileDisk(path, openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600));
}

/** A class, as all that comes anew with each stream: see `OpenStream`. */
class FileDisk implements Disk {
  readonly #path: string;
  readonly #fd: number;
  readonly #ino: bigint;
  readonly #dev: bigint;

  constructor(path: string, fd: number) {
    const { ino, dev } = fstatSync(fd, { bigint: true });
    this.#path = path;
    this.#fd = fd;
    this.#ino = ino;
    this.#dev = dev;
  }

  write(bytes: Uint8Array): number {
    return writeSync(this.#fd, bytes);
  }

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  isThere(): boolean {
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return found !== undefined && found.ino === this.#ino && found.dev === this.#dev;
  }

  close(): void {
    closeSync(this.#fd);
  }
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

/** A whole file, 0600, on the device under its name or not there at all; the name itself is durable after `syncFolder`. */
export function putFile(path: string, content: string | Uint8Array): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  const fd = openSync(draft, "w", 0o600);
  try {
    writeFileSync(fd, content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}

/** What a process that is gone has left in a file, to the device. Throws what the system says. */
export function syncFile(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
