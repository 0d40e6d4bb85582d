/** Reads a request's body up to the cap of a line on a pipe; what is longer is thrown away as it comes. */

import type { IncomingMessage } from "node:http";
import { isUtf8 } from "node:buffer";
import { MAX_LINE_BYTES } from "./wire.ts";

export type Body =
  { readonly kind: "text"; readonly text: string; readonly utf8: boolean } | { readonly kind: "too-long" };

const TOO_LONG: Body = { kind: "too-long" };

/**
 * `then` is called with the whole of it, or never, where the client leaves in the middle. What is too long is told once it
 * has come: a client that is still sending would break off before it reads an answer. How long that may take is the
 * server's time limit.
 */
export function readBody(request: IncomingMessage, then: (body: Body) => void): void {
  let parts: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_LINE_BYTES) parts.push(chunk);
    else parts = [];
  });
  request.on("end", () => {
    if (size > MAX_LINE_BYTES) return then(TOO_LONG);
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const text = bytes.toString("utf8");
    // Decoding puts U+FFFD for what is invalid; only then is a closer look needed.
    return then({ kind: "text", text, utf8: !text.includes("\ufffd") || isUtf8(bytes) });
  });
}
