/**
 * A state from a backup: verified before anything is touched, put in the place of what was there, which is kept beside it.
 * It begins a new epoch: what let somebody by before lets nobody by any more, and every stop stays.
 */

import { createPrivateKey, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpoint, parseVerifier, verifierText } from "../audit/checkpoint.ts";
import { follow } from "../audit/rotation.ts";
import type { LedgerPlace } from "../audit/state-entry.ts";
import { treeOver } from "../audit/tree.ts";
import { createPrivateFile, readPrivateFile } from "../config/private-file.ts";
import { openKeys, type KeyTexts } from "../config/sealed-keys.ts";
import { refuseNewer } from "../log/format.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "../log/mirror.ts";
import { readRotations } from "../log/rotations.ts";
import { beginEpoch, readKept, STORE_FILE, type Kept, type Voided } from "../store/copy.ts";
import { copyBackup } from "./backup-copy.ts";
import { KEYS_FILE, MANIFEST_FILE, openManifest, type SignedManifest } from "./backup-manifest.ts";
import { checkBackup, type BackupFault } from "./backup.ts";
import { MARK } from "./half-restored.ts";
import { beginPlacing, place, takeBack } from "./restore-place.ts";
import { openState } from "./state.ts";

export interface RestoreWish {
  readonly stateDir: string;
  readonly from: string;
  /** The log's public key as it was kept elsewhere; left out: that of the state that is there, or the backup's own. */
  readonly key?: string;
  /** Asked for only where the keys have to come from the backup. */
  readonly passphrase: () => Promise<string | undefined>;
  readonly by: string;
  readonly now: () => number;
}

interface Epoch {
  readonly epoch: string;
  readonly from: LedgerPlace;
  readonly lost: LedgerPlace | undefined;
  readonly voided: Voided;
  readonly stops: number;
  /** Where what was there stands now. */
  readonly aside: string | undefined;
  /** The key with which the backup was held against is its own: it proves less than one kept elsewhere. */
  readonly ownKey: boolean;
}

export type Restored =
  | { readonly kind: "restored"; readonly epoch: Epoch }
  | { readonly kind: "fault"; readonly fault: BackupFault }
  | { readonly kind: "living"; readonly pids: readonly number[] }
  /** The state that is there is of another installation, or its store cannot be read, so that nobody knows its stops. */
  | { readonly kind: "other-log" | "unreadable" }
  /** Something is accepted there, and no ledger that is signed says whether it came after the backup (P12). */
  | { readonly kind: "unknown-ledger" }
  /** It was made before the log's key was replaced: nobody could see that what is signed from here on goes on from it. */
  | { readonly kind: "old-key" }
  /** No keys: not here, and not in the backup or not without its passphrase. */
  | { readonly kind: "no-keys" | "no-passphrase" | "wrong-passphrase" | "wrong-keys" };

/** Of the state that is there. */
interface Standing {
  readonly kept: Kept;
  readonly checkpoint: LedgerPlace | undefined;
  readonly goesOn: boolean;
}

const DRAFT = "restoring-";
const SIGNING_KEY = "installation.pem";

/** Throws StoreError `newer`, ConfigError or what the file system says. */
export async function restore(wish: RestoreWish): Promise<Restored> {
  const { stateDir, from, by, now } = wish;
  const ownKey = await textOf(join(from, "log", KEY_FILE));
  const present = await textOf(join(stateDir, "log", KEY_FILE));
  const known = wish.key ?? present ?? ownKey;
  if (known === undefined || ownKey === undefined)
    return { kind: "fault", fault: { kind: "manifest", why: "no-manifest" } };
  // Also where the person kept the old key: the log went on from it since.
  if ([known, present].some((key) => key !== undefined && followsFrom(stateDir, ownKey, key)))
    return { kind: "old-key" };
  if (known !== ownKey) return { kind: "other-log" };
  const backup = openManifest((await bytesOf(join(from, MANIFEST_FILE))) ?? "", known);
  if ("refused" in backup) return { kind: "fault", fault: { kind: "manifest", why: backup.refused } };

  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await takeBack(stateDir);
  // Of one that died before it had begun to put anything in place.
  for (const name of await readdir(stateDir))
    if (name.startsWith(DRAFT) || name.startsWith(`${MARK}.`)) await rm(join(stateDir, name), { recursive: true });
  const epoch = randomBytes(8).toString("hex");
  const draft = `${DRAFT}${epoch}`;
  const made = await makeDraft(wish, draft, backup, known);
  if ("kind" in made) {
    await rm(join(stateDir, draft), { recursive: true, force: true });
    return made;
  }
  const { standing, keys } = made;
  const { manifest, digest } = backup;
  const at: LedgerPlace = { size: manifest.size, root: manifest.root };
  for (const [name, text] of Object.entries(keys)) await createPrivateFile(join(stateDir, "keys", name), text);
  const begun = await beginEpoch(join(stateDir, draft), {
    epoch,
    now: now(),
    goesOn: standing?.goesOn ?? false,
    ...(standing === undefined ? {} : { kept: standing.kept }),
  });
  const aside = `before-${new Date(now()).toISOString().replaceAll(/[-:]|\.\d+Z/g, "")}-${epoch}`;
  const mark = await beginPlacing(stateDir, draft, aside);
  await place(stateDir, mark);

  const lost = standing?.checkpoint;
  const entry = {
    kind: "epoch.began" as const,
    epoch,
    backup: digest,
    from: at,
    ...(lost === undefined ? {} : { lost }),
  };
  const state = await openState(stateDir, { role: "tool", now, first: { ...entry, ...begun, by } });
  await state.close("restored");
  return {
    kind: "restored",
    epoch: {
      epoch,
      from: at,
      lost,
      ...begun,
      aside: standing === undefined ? undefined : join(stateDir, aside),
      ownKey: wish.key === undefined && standing === undefined,
    },
  };
}

/** Copies the backup to where nobody else writes and checks it there; or why nothing can be restored. */
async function makeDraft(
  wish: RestoreWish,
  draft: string,
  { manifest }: SignedManifest,
  key: string,
): Promise<{ readonly standing: Standing | undefined; readonly keys: KeyTexts } | Restored> {
  const { stateDir, from } = wish;
  const folder = join(stateDir, draft);
  const file = await copyBackup(from, folder, manifest);
  if (file !== undefined) return { kind: "fault", fault: { kind: "file", file } };
  const checked = await checkBackup(folder, key);
  if (checked.kind === "fault") return checked;
  const there = await stat(join(stateDir, STORE_FILE)).catch(() => undefined);
  const standing = there === undefined ? undefined : await look(stateDir, folder, key, checked.lines);
  if (standing !== undefined && "kind" in standing) return standing;
  const keys = await keysFor(wish, folder, manifest.origin, key);
  return typeof keys === "string" ? { kind: keys } : { standing, keys };
}

/** What an old copy must not take back; or why nothing can be restored over this. `backup`: the lines of the copy's ledger. */
async function look(
  stateDir: string,
  draft: string,
  key: string,
  backup: readonly string[],
): Promise<Standing | Restored> {
  const dir = join(stateDir, "log");
  await refuseNewer(dir);
  try {
    const kept = await readKept(stateDir, join(draft, "standing"));
    if (kept.living.length > 0) return { kind: "living", pids: kept.living };
    const own = signedPart(kept.ledger.lines, kept.ledger.checkpoint, key);
    const mirror = signedPart(await mirrorLines(dir), await bytesOf(join(dir, CHECKPOINT_FILE)), key);
    const goesOn = [own, mirror].some((part) => part !== undefined && part.first === backup[0]);
    // The files beside the log may say that it goes on, never that it does not: anybody can put old ones there.
    if (!goesOn && own === undefined && kept.accepted.length > 0) return { kind: "unknown-ledger" };
    return { kept, checkpoint: (own ?? mirror)?.place, goesOn };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "newer") throw error;
    return { kind: "unreadable" };
  }
}

interface SignedPart {
  readonly place: LedgerPlace;
  /** Names the log: two ledgers with the same first line began as one. */
  readonly first: string;
}

/** What of a ledger is signed; undefined where its checkpoint is not of this key or does not fit its lines. */
function signedPart(lines: readonly string[], note: string | undefined, key: string): SignedPart | undefined {
  const verifier = parseVerifier(key);
  const opened = verifier === undefined || note === undefined ? undefined : openCheckpoint(note, verifier);
  const [first] = lines;
  if (opened === undefined || "refused" in opened || first === undefined) return undefined;
  const { size, root } = opened;
  if (size === 0 || lines.length < size) return undefined;
  return treeOver(lines.slice(0, size)).root() === root ? { place: { size, root }, first } : undefined;
}

const mirrorLines = async (dir: string): Promise<readonly string[]> =>
  ((await textOf(join(dir, LEDGER_FILE))) ?? "").split("\n").filter((line) => line !== "");

/** Keys that have to be put there: none where the state has its own, or those in the backup. */
async function keysFor(
  { stateDir, passphrase }: RestoreWish,
  draft: string,
  origin: string,
  verifier: string,
): Promise<KeyTexts | "no-keys" | "no-passphrase" | "wrong-passphrase" | "wrong-keys"> {
  const own = await readPrivateFile(join(stateDir, "keys", SIGNING_KEY));
  if (own !== undefined) return isKeyOf(own, origin, verifier) ? {} : "wrong-keys";
  const sealed = await bytesOf(join(draft, KEYS_FILE));
  if (sealed === undefined) return "no-keys";
  const typed = await passphrase();
  if (typed === undefined) return "no-passphrase";
  const keys = await openKeys(origin, sealed, typed);
  if (keys === "malformed" || keys === "wrong-passphrase") return keys === "malformed" ? "wrong-keys" : keys;
  return isKeyOf(keys[SIGNING_KEY] ?? "", origin, verifier) ? keys : "wrong-keys";
}

function isKeyOf(pem: string, origin: string, verifier: string): boolean {
  try {
    return verifierText(origin, createPrivateKey(pem)) === verifier;
  } catch {
    return false;
  }
}

/** Whether the key `to` came after `from` in the state that is there. */
function followsFrom(stateDir: string, from: string, to: string): boolean {
  const followed = follow(readRotations(join(stateDir, "log")), from);
  return followed !== undefined && "rotations" in followed && followed.rotations.some((each) => each.to === to);
}

const bytesOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);
const textOf = async (path: string): Promise<string | undefined> => (await bytesOf(path))?.trim();
