/**
 * `kidoban log witness`: on another account or machine, sees that the log goes on from what it saw before, keeps that, and
 * cosigns (C2SP tlog-witness.md). Reads files; needs no state, store or network of the log's own.
 */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join, resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { openCheckpoint, type Checkpoint, type VerifierKey } from "../audit/checkpoint.ts";
import { cosign, cosignedAt, parseWitness, witnessText } from "../audit/cosignature.ts";
import { follow, type Followed } from "../audit/rotation.ts";
import { openKept } from "../audit/verify.ts";
import { readLedgerFile } from "../audit/verify-ledger.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../config/private-file.ts";
import { findLog } from "../log/files.ts";
import { en, ja } from "../words/witness.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { announcedFork, epochWords, refusedEpoch } from "./log-epochs.ts";
import { keyText } from "./log-key.ts";
import { misused, noLog, type LogOptions, type LogPlace } from "./log-place.ts";

const KEY = "witness.key";
/** What a witness shows and an auditor keeps: its public key, an empty line, the last checkpoint it cosigned. */
const SEEN = "witness.txt";

interface Card {
  readonly witness: VerifierKey;
  readonly note: string;
}

/** Reads a witness's file; undefined for anything else. */
export function parseCard(text: string): Card | undefined {
  const cut = text.indexOf("\n\n");
  const witness = cut < 0 ? undefined : parseWitness(text.slice(0, cut));
  return witness === undefined ? undefined : { witness, note: text.slice(cut + 2) };
}

const cardText = (publicKey: string, note: string): string => `${publicKey}\n\n${note}`;

async function ownKey(folder: string): Promise<KeyObject> {
  const path = join(folder, KEY);
  const { privateKey } = generateKeyPairSync("ed25519");
  await createPrivateFile(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  return createPrivateKey((await readPrivateFile(path)) ?? "");
}

/** What this witness saw last, believed only with its own signature under it. */
function seenBefore(text: string, own: string, log: Followed["keys"]): Checkpoint | "bad-state" | "other-log" {
  const card = parseCard(text);
  const self = parseWitness(own);
  if (card === undefined || self === undefined || "refused" in cosignedAt(card.note, self)) return "bad-state";
  const opened = openKept(card.note, log);
  return "refused" in opened ? "other-log" : opened;
}

export async function witness(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, dir } = place;
  const words = context.language === "ja" ? ja : en;
  const folder = resolve(options.state ?? "kidoban-witness");
  const log = await findLog(options.path ?? dir).catch((error: unknown) => noLog(place, error));
  if (typeof log === "number") return log;
  const seenPath = join(folder, SEEN);
  const before = await readPrivateFile(seenPath);
  const keyPath = join(folder, "log.pub");
  const given = options.key === undefined ? undefined : await keyText(options.key);
  if (options.key !== undefined && given === undefined)
    return misused(place, place.words.badKey(visibleLine(options.key)));
  const first = (await readPrivateFile(keyPath)) ?? given;
  // From the key that it was given once to the present one, as long as both signed each step.
  const followed = first === undefined ? undefined : follow(log.files.rotations ?? "", first.trim());
  if (followed === undefined) return misused(place, words.needsKey);
  if ("broken" in followed) return misused(place, words.otherLog);
  const logKey = followed.keys.at(-1) ?? followed.keys[0];
  const key = await ownKey(folder);
  const publicKey = witnessText(options.name ?? "witness", key);
  const kept = before === undefined ? undefined : seenBefore(before, before.split("\n", 1)[0] ?? "", followed.keys);
  if (kept === "bad-state") return misused(place, words.badState(seenPath));
  if (kept === "other-log") return misused(place, words.otherLog);

  const checkpoint = openCheckpoint(log.files.checkpoint, logKey);
  const fault = "refused" in checkpoint ? checkpoint : await contradiction(log.files.ledger, checkpoint, kept);
  const epoch =
    fault === undefined || kept === undefined || "refused" in checkpoint
      ? undefined
      : await announcedFork(log, first?.trim() ?? "", checkpoint, kept);
  const accepted = epoch !== undefined && epoch.epoch === options.acceptEpoch;
  if (fault !== undefined || "refused" in checkpoint) {
    const evidence = join(folder, `refused-${new Date(context.now()).toISOString().replaceAll(":", "")}.txt`);
    await createPrivateFile(evidence, `${before ?? ""}\n\n${log.files.checkpoint}`);
    if (epoch === undefined || !accepted || "refused" in checkpoint) {
      const why = epoch === undefined ? words.refused : refusedEpoch(place, epoch);
      context.terminal.err(`${why}\n${words.evidence(evidence)}\n`);
      return EXIT.found;
    }
    context.terminal.err(`${epochWords(place).epochAccepted(epoch.epoch)}\n${words.evidence(evidence)}\n`);
  }
  const note = cosign(log.files.checkpoint, options.name ?? "witness", key, context.now());
  // Kept before anybody is told: C2SP tlog-witness.md. A witness that forgot could be shown two histories.
  await replacePrivateFile(keyPath, `${followed.rotations.at(-1)?.to ?? first?.trim()}\n`);
  await replacePrivateFile(seenPath, cardText(publicKey, note));
  if (context.json) {
    const facts = { witness: publicKey, from: kept?.size ?? null, size: checkpoint.size, file: seenPath };
    context.terminal.out(`${JSON.stringify(facts)}\n`);
    return EXIT.ok;
  }
  const went = kept === undefined ? words.first(checkpoint.size) : words.further(kept.size, checkpoint.size);
  context.terminal.out(`${went}\n${words.cosigned(seenPath)}\n${words.publicKey(publicKey)}\n`);
  return EXIT.ok;
}

async function contradiction(
  ledger: Parameters<typeof readLedgerFile>[0],
  checkpoint: Checkpoint,
  kept: Checkpoint | undefined,
): Promise<unknown> {
  const read = await readLedgerFile(ledger, checkpoint, kept);
  return "fault" in read ? read.fault : undefined;
}
