/**
 * Node's own scrypt, asked once for the same question: a passphrase costs half a second by design, and most tests open the
 * same few keys. The cost itself, and that nothing cheaper opens a key, is what test/config/keys.test.ts is about.
 */

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { callbackify, promisify } from "node:util";

type Question = readonly [passphrase: string, salt: Buffer, bytes: number, cost: crypto.ScryptOptions];

const stretch = promisify<string, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);
const known = new Map<string, Promise<Buffer>>();

async function once(...question: Question): Promise<Buffer> {
  const [passphrase, salt, bytes, cost] = question;
  const name = JSON.stringify([passphrase, salt.toString("base64url"), bytes, cost]);
  const answer = known.get(name) ?? stretch(...question);
  known.set(name, answer);
  return Buffer.from(await answer);
}

export function stretchOnce(): void {
  Object.assign(crypto, { scrypt: callbackify(once) });
  // What is imported by name follows.
  syncBuiltinESMExports();
}
