/**
 * Node's own scrypt, asked once for the same question: a passphrase costs half a second by design, and most tests open the
 * same few keys. The cost itself, and that nothing cheaper opens a key, is what test/config/keys.test.ts is about.
 */

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

type Stretch = (
  passphrase: string,
  salt: Buffer,
  bytes: number,
  cost: crypto.ScryptOptions,
  done: (error: Error | null, key: Buffer) => void,
) => void;

const stretch: Stretch = crypto.scrypt;
const known = new Map<string, Promise<Buffer>>();

const once: Stretch = (passphrase, salt, bytes, cost, done) => {
  const question = JSON.stringify([passphrase, salt.toString("base64url"), bytes, cost]);
  const answer =
    known.get(question) ??
    new Promise<Buffer>((resolve, reject) => {
      stretch(passphrase, salt, bytes, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
    });
  known.set(question, answer);
  answer.then(
    (key) => done(null, Buffer.from(key)),
    (error: Error) => done(error, Buffer.alloc(0)),
  );
};

export function stretchOnce(): void {
  Object.assign(crypto, { scrypt: once });
  // What is imported by name follows.
  syncBuiltinESMExports();
}
