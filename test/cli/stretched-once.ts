/**
 * Node's own scrypt, asked once in a run for the same question: a passphrase costs half a second by design, and most tests open
 * the same few keys. The cost itself, and that nothing cheaper opens a key, is what test/config/keys.test.ts is about.
 */

import crypto from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { callbackify, promisify } from "node:util";

type Question = readonly [passphrase: string, salt: Buffer, bytes: number, cost: crypto.ScryptOptions];

const stretch = promisify<string, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/** `kept`: where the answers stand. */
export function stretchOnce(kept: string): void {
  const once = async (...question: Question): Promise<Buffer> => {
    const [passphrase, salt, bytes, cost] = question;
    const text = JSON.stringify([passphrase, salt.toString("base64url"), bytes, cost]);
    const path = join(kept, `stretched-${crypto.createHash("sha256").update(text).digest("hex").slice(0, 32)}`);
    if (existsSync(path)) return readFileSync(path);
    const answer = await stretch(...question);
    const made = `${path}.${process.pid}`;
    writeFileSync(made, answer);
    renameSync(made, path);
    return answer;
  };
  Object.assign(crypto, { scrypt: callbackify(once) });
  // What is imported by name follows.
  syncBuiltinESMExports();
}
