/** A copy of a whole state while its gates run: the store of one moment, the log as far as that store's ledger is signed. */

import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpoint, parseVerifier, verifierText } from "../audit/checkpoint.ts";
import type { Fault } from "../audit/fault.ts";
import { verifyLog } from "../audit/verify.ts";
import { installationKey } from "../config/installation-key.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { sealKeys, type KeyTexts } from "../config/sealed-keys.ts";
import { copyLog } from "../log/copy.ts";
import { findLog } from "../log/files.ts";
import { LogFilesError } from "../log/found-log.ts";
import { logOrigin } from "../log/rotations.ts";
import { copyStore, readCopy, STORE_FILE } from "../store/copy.ts";
import { StoreError } from "../store/store.ts";
import {
  filesIn,
  firstDifference,
  KEYS_FILE,
  MANIFEST_FILE,
  openManifest,
  signedManifest,
  type ManifestRefusal,
  type SignedManifest,
} from "./backup-manifest.ts";
import { readersFor } from "./archived-sql.ts";
import type { State } from "./state.ts";
import { VERSION } from "./version.ts";

export interface BackupWish {
  readonly stateDir: string;
  /** A folder that is not there, or is empty. */
  readonly to: string;
  /** Left out: without the keys. */
  readonly passphrase?: string;
  readonly by: string;
  readonly now: () => number;
}

/** What does not fit in a backup; the first that was found. */
export type BackupFault =
  | { readonly kind: "manifest"; readonly why: ManifestRefusal }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "log"; readonly fault: Fault }
  | { readonly kind: "store"; readonly reason: string };

export type BackedUp =
  | { readonly kind: "made"; readonly backup: SignedManifest; readonly bytes: number }
  | { readonly kind: "not-empty" | "short-passphrase" | "nothing" }
  /** What was written is not what was meant to be: it is no backup. */
  | { readonly kind: "unsound"; readonly fault: BackupFault };

const KEYS = ["installation.pem", "redaction.key", "bodies.key"];

/** Throws StoreError, ConfigError or what the file system says. */
export async function makeBackup({ log }: State, wish: BackupWish): Promise<BackedUp> {
  const { stateDir, to, passphrase, by, now } = wish;
  await mkdir(to, { recursive: true, mode: 0o700 });
  if ((await readdir(to)).length > 0) return { kind: "not-empty" };
  const key = await installationKey(stateDir);
  const dir = join(stateDir, "log");
  const origin = logOrigin(dir, key);
  const keys = passphrase === undefined ? undefined : await sealKeys(origin, await keysOf(stateDir), passphrase);
  if (passphrase !== undefined && keys === undefined) return { kind: "short-passphrase" };

  await copyStore(stateDir, join(to, STORE_FILE));
  const { lines, checkpoint: note } = await readCopy(join(to, STORE_FILE));
  const verifier = verifierText(origin, key);
  const by_ = parseVerifier(verifier);
  const checkpoint = note === undefined || by_ === undefined ? undefined : openCheckpoint(note, by_);
  if (note === undefined || checkpoint === undefined || "refused" in checkpoint) return { kind: "nothing" };
  await copyLog(dir, join(to, "log"), { lines, checkpoint: note, key: verifier });
  if (keys !== undefined) await writeFile(join(to, KEYS_FILE), keys, { mode: 0o600, flag: "wx" });

  const files = await filesIn(to);
  const at = { size: checkpoint.size, root: checkpoint.root };
  const manifest = { v: 1 as const, made: new Date(now()).toISOString(), version: VERSION, origin, ...at, files };
  const signed = signedManifest(manifest, key);
  await writeFile(join(to, MANIFEST_FILE), signed.note, { mode: 0o600, flag: "wx" });
  await syncAll(
    to,
    files.map(({ name }) => name),
  );

  const checked = await checkBackup(to, verifier);
  if (checked.kind === "fault") return { kind: "unsound", fault: checked.fault };
  log.record({ kind: "backup.made", backup: signed.digest, at, keys: keys !== undefined, by });
  await log.synced();
  return { kind: "made", backup: checked.backup, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function keysOf(stateDir: string): Promise<KeyTexts> {
  const keys: Record<string, string> = {};
  for (const name of KEYS) {
    const text = await readPrivateFile(join(stateDir, "keys", name));
    if (text !== undefined) keys[name] = text;
  }
  return keys;
}

async function syncAll(to: string, names: readonly string[]): Promise<void> {
  for (const name of [...names, MANIFEST_FILE, "log", "."]) {
    const file = await open(join(to, name), "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

export type Checked =
  | { readonly kind: "sound"; readonly backup: SignedManifest; readonly lines: readonly string[] }
  | { readonly kind: "fault"; readonly fault: BackupFault };

const bad = (fault: BackupFault): Checked => ({ kind: "fault", fault });

/** Everything that can be known of a backup before it is used: the manifest's signature, each file, the store, the log. Changes nothing. */
export async function checkBackup(from: string, key: string): Promise<Checked> {
  const note = await readFile(join(from, MANIFEST_FILE), "utf8").catch(() => "");
  const backup = openManifest(note, key);
  if ("refused" in backup) return bad({ kind: "manifest", why: backup.refused });
  const file = await firstDifference(from, backup.manifest);
  if (file !== undefined) return bad({ kind: "file", file });
  const { size, root } = backup.manifest;
  try {
    const { lines, checkpoint } = await readCopy(join(from, STORE_FILE));
    const log = await findLog(join(from, "log"));
    const verdict = await verifyLog(log.files, key, { sql: readersFor, now: Date.now() });
    if (verdict.kind === "fault") return bad({ kind: "log", fault: verdict.fault });
    const proven = verdict.summary.checkpoint;
    // Signed together, so that an older store cannot stand beside a newer log.
    if (proven.size !== size || proven.root !== root || lines.length !== size || checkpoint !== log.files.checkpoint)
      return bad({ kind: "file", file: STORE_FILE });
    return { kind: "sound", backup, lines };
  } catch (error) {
    if (error instanceof LogFilesError) return bad({ kind: "file", file: "log" });
    if (error instanceof StoreError && error.code === "newer") throw error;
    if (error instanceof StoreError) return bad({ kind: "store", reason: error.message });
    throw error;
  }
}
