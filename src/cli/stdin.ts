/** What the client writes. */

import { fstatSync } from "node:fs";
import type { Readable } from "node:stream";
import { oneBuffer } from "../mcp/one-buffer.ts";

const FD = 0;

/** Held back until it is resumed. Each chunk is good until its listener returns. */
export function standardInput(): Readable {
  const found = fstatSync(FD);
  // Node's own is only made when it is looked at.
  return found.isFIFO() || found.isSocket() ? oneBuffer({ fd: FD }).pause() : process.stdin;
}
