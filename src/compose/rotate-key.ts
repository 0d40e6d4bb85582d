/**
 * Replaces the key that signs the log: recorded and signed under the old one, told by a note of both, and the old one is
 * gone. Running processes hold the old key, so there may be none.
 */

import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { may, type Approver } from "../approval/approver.ts";
import type { Consent } from "../audit/retention-entry.ts";
import type { RotationLeave } from "../audit/rotated.ts";
import { parseCheckpoint, parseNote, verifierText, type Checkpoint } from "../audit/checkpoint.ts";
import { rotationNote, rotationsIn } from "../audit/rotation.ts";
import { ConfigError } from "../config/error.ts";
import { installationKey } from "../config/installation-key.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../config/private-file.ts";
import { syncFolder } from "../log/disk.ts";
import { readRotations, ROTATIONS_FILE } from "../log/rotations.ts";
import type { Store } from "../store/store.ts";
import { approversOf } from "./approvers-now.ts";
import { openState, type State } from "./state.ts";

export type RotateAnswer =
  | { readonly kind: "rotated"; readonly from: string; readonly to: string }
  /** Others run: how many. */
  | { readonly kind: "busy"; readonly processes: number }
  /** Nobody consented. */
  | { readonly kind: "left" };

/** What whoever may replace the key signs, but for their name. */
export type ToSign = Omit<RotationLeave, "approver">;

/**
 * Gives the signature of one of these, `"unsigned"` where nobody is named who could sign and a person said yes, or undefined
 * where it is left.
 */
export type Asking = (approvers: readonly Approver[], body: ToSign) => Promise<Consent | "unsigned" | undefined>;

/**
 * Owners and operators of the configuration that was accepted here first: a first acceptance needs no signature, so nobody
 * may bring a configuration to replace the key with.
 */
async function mayRotate(store: Store, now: number): Promise<readonly Approver[]> {
  const all = await Promise.all(
    (await store.acceptedConfigs()).map(async (accepted) => ({
      since: (await store.firstAcceptedAt(accepted.config)) ?? Infinity,
      approvers: await approversOf(accepted, store, now),
    })),
  );
  const named = all.filter(({ approvers }) => approvers.length > 0).toSorted((a, b) => a.since - b.since);
  return (named[0]?.approvers ?? []).filter((approver) => may(approver, "issue"));
}

async function othersAlive({ store, process: own }: State): Promise<number> {
  return (await store.processes()).filter(({ id, alive }) => alive && id !== own).length;
}

/** What the log's newest checkpoint says. */
async function headOf({ store }: State): Promise<Checkpoint> {
  const { checkpoint } = await store.readLedger();
  const head = parseCheckpoint(parseNote(checkpoint ?? "")?.text ?? "");
  if (head === undefined) throw new ConfigError("key", "the log has no checkpoint yet");
  return head;
}

const paths = (stateDir: string) => ({
  key: join(stateDir, "keys", "installation.pem"),
  next: join(stateDir, "keys", "installation.next.pem"),
  log: join(stateDir, "log"),
});

/** A crash may have come between the note and the new key's place. */
async function finish(stateDir: string): Promise<void> {
  const { key, next, log } = paths(stateDir);
  const text = await readPrivateFile(next);
  const last = rotationsIn(readRotations(log)).at(-1);
  if (text === undefined || last === undefined || verifierText(last.origin, createPrivateKey(text)) !== last.to) return;
  await rename(next, key);
  syncFolder(join(stateDir, "keys"));
}

/** Throws what `openState` throws; ConfigError `key` for a log without a checkpoint. `ask` left out: nobody is asked. */
export async function rotateKey(
  stateDir: string,
  now: () => number,
  ask: Asking = async () => "unsigned",
): Promise<RotateAnswer> {
  await finish(stateDir);
  const { next, log: dir } = paths(stateDir);
  const state = await openState(stateDir, { role: "tool", now });
  let note: string;
  let answer: RotateAnswer;
  try {
    const busy = await othersAlive(state);
    if (busy > 0) return { kind: "busy", processes: busy };
    const old = await installationKey(stateDir);
    const pem =
      (await readPrivateFile(next)) ??
      generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const fresh = createPrivateKey(pem);
    const { origin } = await headOf(state);
    const [from, to] = [verifierText(origin, old), verifierText(origin, fresh)];
    const consent = await ask(await mayRotate(state.store, now()), { v: 1, from, to, acceptedAt: now() });
    if (consent === undefined) return { kind: "left" };
    // A person takes their time.
    const since = await othersAlive(state);
    if (since > 0) return { kind: "busy", processes: since };
    const { size, root } = await headOf(state);
    await createPrivateFile(next, pem);
    note = rotationNote(origin, { size, root }, old, fresh);
    answer = { kind: "rotated", from, to };
    const signed = consent === "unsigned" ? {} : { consent };
    state.log.record({ kind: "key.rotated", from, to, size, root, ...signed });
    await state.log.synced();
  } finally {
    await state.close("its key was replaced");
  }
  await replacePrivateFile(join(dir, ROTATIONS_FILE), readRotations(dir) + note);
  await finish(stateDir);
  // The first checkpoint under the new key.
  const after = await openState(stateDir, { role: "tool", now });
  await after.close("under a new key");
  return answer;
}
