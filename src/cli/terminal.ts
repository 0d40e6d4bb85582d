/** The only writer to stdout and stderr, and the way to the terminal device when stdin and stdout carry data. */

import { closeSync, openSync } from "node:fs";
import { ReadStream, WriteStream } from "node:tty";

export interface Device {
  readonly input: ReadStream;
  readonly output: WriteStream;
  close(): void;
}

export interface Terminal {
  out(text: string): void;
  /** Resolves once whoever reads has room for more; left out: there always is. For who writes more than fits into memory. */
  readonly room?: () => Promise<void>;
  err(text: string): void;
  readonly color: boolean;
  readonly columns: number;
  /** Opens /dev/tty; undefined where there is no terminal. The caller closes it. */
  device(): Device | undefined;
}

function openDevice(): Device | undefined {
  try {
    const input = new ReadStream(openSync("/dev/tty", "r"));
    const output = new WriteStream(openSync("/dev/tty", "w"));
    return {
      input,
      output,
      close() {
        input.destroy();
        output.destroy();
      },
    };
  } catch {
    return undefined;
  }
}

/** Whether a terminal device is there, without keeping it open. */
export function hasDevice(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r+"));
    return true;
  } catch {
    return false;
  }
}

export function processTerminal(color: boolean): Terminal {
  // `kidoban … | head`: a reader that has seen enough is no error.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => undefined);
  }
  return {
    out: (text) => void process.stdout.write(text),
    async room() {
      const { stdout } = process;
      if (!stdout.writableNeedDrain || stdout.destroyed) return;
      await new Promise<void>((go) => {
        stdout
          .once("drain", go)
          .once("close", go)
          .once("error", () => go());
      });
    },
    err: (text) => void process.stderr.write(text),
    color: process.stdout.isTTY && color,
    columns: process.stdout.columns ?? 100,
    device: openDevice,
  };
}
