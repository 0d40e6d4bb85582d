/** The installation's own signing key, for the log's checkpoints; it stands in the state, unlike an approver's. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { keyText } from "../approval/signature.ts";
import { ConfigError } from "./error.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";

/**
 * The key that signs the log's checkpoints, made at first use. Unencrypted: the gate starts unattended, so whoever can
 * read the state can sign as this installation. Processes that race agree on the one that was there first.
 * @throws ConfigError `key` when the file is damaged or others can read it.
 */
export async function installationKey(stateDir: string): Promise<KeyObject> {
  const path = join(stateDir, "keys", "installation.pem");
  let text = await readPrivateFile(path);
  if (text === undefined) {
    await createPrivateFile(
      path,
      generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    );
    text = await readPrivateFile(path);
  }
  try {
    const key = createPrivateKey(text ?? "");
    keyText(key);
    return key;
  } catch (error) {
    throw new ConfigError("key", `${path} is damaged; the log cannot be signed`, error);
  }
}
