/** How far a long reading has come, on the terminal device and nowhere else. */

import type { LogFiles } from "../audit/verify.ts";
import type { Terminal } from "./terminal.ts";

/** Less than that is read before anybody wonders. */
const WORTH_BYTES = 32 << 20;
const CELLS = 30;

/** One line, written over again. */
export function bar(share: number): string {
  const full = Math.round(Math.min(share, 1) * CELLS);
  return `\r[${"#".repeat(full)}${"-".repeat(CELLS - full)}] ${Math.floor(Math.min(share, 1) * 100)} %`;
}

/** The same files, and a bar while their streams are read; `end` takes it away. */
export function withProgress(files: LogFiles, terminal: Terminal): { readonly files: LogFiles; end(): void } {
  const total = files.streams.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const device = total < WORTH_BYTES ? undefined : terminal.device();
  if (device === undefined) return { files, end: () => undefined };
  let [done, told] = [0, -1];
  const count = (bytes: number): void => {
    done += bytes;
    const percent = Math.floor((done * 100) / total);
    if (percent === told) return;
    told = percent;
    device.output.write(bar(done / total));
  };
  return {
    files: {
      ...files,
      streams: files.streams.map((stream) => ({ ...stream, chunks: counted(stream.chunks, count) })),
    },
    end() {
      device.output.write(`\r${" ".repeat(CELLS + 8)}\r`);
      device.close();
    },
  };
}

/** May be read more than once, as what it counts may. */
const counted = (chunks: LogFiles["ledger"], count: (bytes: number) => void): LogFiles["ledger"] => ({
  async *[Symbol.asyncIterator]() {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  },
});
