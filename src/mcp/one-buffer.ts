/**
 * A pipe that is read into one buffer over and over. Node makes room of 64 KiB for each chunk and gives most of it back,
 * which costs as much as to parse a message. Knows no messages.
 */

import { Socket, type ConnectOpts, type SocketConstructorOpts } from "node:net";
import type { Readable } from "node:stream";

const CHUNK_BYTES = 64 * 1024;

/** Reads at once. Each chunk is good until its listener returns. */
export function oneBuffer(pipe: { readonly fd: number } | { readonly handle: object }): Socket {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  // Where a socket is made `onread` means the same as where it is connected (Node 12 and later); its types know the latter,
  // and no `handle`.
  const options: SocketConstructorOpts & ConnectOpts = {
    ...pipe,
    readable: true,
    writable: false,
    onread: { buffer: chunk, callback: (length) => input.emit("data", chunk.subarray(0, length)) },
  };
  const input: Socket = new Socket(options);
  return input;
}

/**
 * The same for what a child process writes, of whose pipe Node gives neither the number nor a choice how it is read: its
 * handle goes to another socket, with whose end the child's own ends too. Nothing may have been read before. Where there is
 * no handle to be had, the stream is given as it is.
 */
export function takenOver(stream: Readable): Readable {
  const holder = stream as Readable & { _handle?: object | null };
  const { _handle: handle } = holder;
  if (!(stream instanceof Socket) || typeof handle !== "object" || handle === null) return stream;
  holder._handle = null;
  const input = oneBuffer({ handle });
  // Node counts a child's streams that have closed before it says that the child has.
  input.once("close", () => stream.destroy());
  return input;
}
