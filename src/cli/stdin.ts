/** What the client writes. A pipe is read into one buffer over and over; a chunk of its own for each would cost as much as the parse. */

import { fstatSync } from "node:fs";
import { Socket, type ConnectOpts, type SocketConstructorOpts } from "node:net";
import type { Readable } from "node:stream";

const FD = 0;
const CHUNK_BYTES = 64 * 1024;

/** Held back until it is resumed. Each chunk is good until its listener returns. */
export function standardInput(): Readable {
  const found = fstatSync(FD);
  // Node's own is only made when it is looked at.
  if (!found.isFIFO() && !found.isSocket()) return process.stdin;
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  // Where a socket is made `onread` means the same as where it is connected (Node 12 and later); its types know the latter.
  const options: SocketConstructorOpts & ConnectOpts = {
    fd: FD,
    readable: true,
    writable: false,
    onread: { buffer: chunk, callback: (length) => input.emit("data", chunk.subarray(0, length)) },
  };
  const input: Socket = new Socket(options);
  return input.pause();
}
