/** What a file of a state says to who holds its keys: for tests that look for what must stand nowhere. */

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { HEAD_START, unsealing } from "../src/log/body-cipher.ts";

const BODIES = ".bodies.jsonl";

/** Each byte a character; of encrypted or compressed files the plain bytes. */
export function plainText(path: string): string {
  const bytes = readFileSync(path);
  if (path.endsWith(".gz")) return gunzipSync(bytes).toString("latin1");
  if (!path.endsWith(BODIES) || !bytes.subarray(0, HEAD_START.length).equals(Buffer.from(HEAD_START)))
    return bytes.toString("latin1");
  const end = bytes.indexOf(10);
  const keyFile = join(dirname(path), "..", "keys", "bodies.key");
  const key = existsSync(keyFile) ? Buffer.from(readFileSync(keyFile, "utf8").trim(), "hex") : undefined;
  const unsealed = unsealing(bytes.toString("latin1", 0, end), basename(path, BODIES), key);
  if (unsealed.kind === "locked") throw new Error(`${path}: ${unsealed.why}`);
  const plain = unsealed.decipher.update(bytes.subarray(end + 1));
  return (unsealed.codec === "gzip" ? gunzipSync(plain) : plain).toString("latin1");
}
