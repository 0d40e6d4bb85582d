/** The installation's key for the marks of secrets in the log. Who destroys it can never again tell which secret one was. */

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ConfigError } from "./error.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";

/** 32 bytes, made at first use. @throws ConfigError `key` when the file is damaged or others can read it. */
export async function redactionKey(stateDir: string): Promise<Buffer> {
  const path = join(stateDir, "keys", "redaction.key");
  let text = await readPrivateFile(path);
  if (text === undefined) {
    await createPrivateFile(path, `${randomBytes(32).toString("hex")}\n`);
    text = await readPrivateFile(path);
  }
  const [hex] = /^[0-9a-f]{64}(?=\n?$)/.exec(text ?? "") ?? [];
  if (hex === undefined) throw new ConfigError("key", `${path} is damaged; the log cannot be kept free of secrets`);
  return Buffer.from(hex, "hex");
}
