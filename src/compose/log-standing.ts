/** Whether a gate could open the log and write to it: what `openLog` would refuse, found without writing anything. */

import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint, parseVerifier, verifierText } from "../audit/checkpoint.ts";
import { treeOver } from "../audit/tree.ts";
import { ConfigError } from "../config/error.ts";
import { installationKey } from "../config/installation-key.ts";
import { mirroredSize } from "../log/mirror.ts";
import { logOrigin } from "../log/rotations.ts";
import type { Store } from "../store/store.ts";

export type LogFault = { readonly file: string } & (
  | { readonly kind: "log-key-missing" | "log-other-key" | "log-altered" | "log-rolled-back" | "log-unwritable" }
  | { readonly kind: "log-key-unusable"; readonly reason: string }
  | { readonly kind: "disk-low"; readonly freeMegabytes: number }
);

/** A day of a busy gate. */
const LOW_MEGABYTES = 64;

/** The first fault; undefined where the log is fine. */
export async function logFault(stateDir: string, store: Store): Promise<LogFault | undefined> {
  const dir = join(stateDir, "log");
  return (await ledgerFault(stateDir, dir, store)) ?? placeFault(dir);
}

async function ledgerFault(stateDir: string, dir: string, store: Store): Promise<LogFault | undefined> {
  const { lines, checkpoint: note } = await store.readLedger();
  if (lines.length === 0) return undefined;
  const file = join(stateDir, "keys", "installation.pem");
  // Looked for first: asking for the key would make one.
  if (!existsSync(file)) return { kind: "log-key-missing", file };
  let verifier: string;
  try {
    const key = await installationKey(stateDir);
    verifier = verifierText(logOrigin(dir, key), key);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "log-key-unusable", file, reason: error.message };
  }
  const by = parseVerifier(verifier);
  const checkpoint = by === undefined || note === undefined ? undefined : openCheckpoint(note, by);
  if (checkpoint === undefined || "refused" in checkpoint) return { kind: "log-other-key", file: dir };
  const tree = treeOver(lines);
  if (checkpoint.size !== tree.size || checkpoint.root !== tree.root()) return { kind: "log-altered", file: dir };
  return (mirroredSize(dir, verifier) ?? 0) > lines.length ? { kind: "log-rolled-back", file: dir } : undefined;
}

function placeFault(dir: string): LogFault | undefined {
  if (!existsSync(dir)) return undefined;
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch {
    return { kind: "log-unwritable", file: dir };
  }
  const { bavail, bsize } = statfsSync(dir);
  const freeMegabytes = Math.floor((bavail * bsize) / 2 ** 20);
  return freeMegabytes < LOW_MEGABYTES ? { kind: "disk-low", file: dir, freeMegabytes } : undefined;
}
