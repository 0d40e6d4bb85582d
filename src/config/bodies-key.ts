/** The installation's key to the bodies beside the log. Who destroys it makes all of them unreadable; every proof stays valid. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ConfigError } from "./error.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";

const keyPath = (stateDir: string): string => join(stateDir, "keys", "bodies.key");

/** 32 bytes, made at first use. @throws ConfigError `key` when the file is damaged or others can read it. */
export async function bodiesKey(stateDir: string): Promise<Buffer> {
  const path = keyPath(stateDir);
  const found = await readBodiesKey(path);
  if (found !== undefined) return found;
  await createPrivateFile(path, `${randomBytes(32).toString("hex")}\n`);
  const made = await readBodiesKey(path);
  if (made === undefined) throw new ConfigError("key", `${path} is gone again; bodies cannot be kept`);
  return made;
}

/** For who only reads; undefined where there is none. @throws ConfigError `key` as above. */
export async function readBodiesKey(path: string): Promise<Buffer | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  const [hex] = /^[0-9a-f]{64}(?=\n?$)/.exec(text) ?? [];
  if (hex === undefined) throw new ConfigError("key", `${path} is damaged; it is no key to bodies`);
  return Buffer.from(hex, "hex");
}

/** That of a state, for who only reads. */
export const findBodiesKey = (stateDir: string): Promise<Buffer | undefined> => readBodiesKey(keyPath(stateDir));
