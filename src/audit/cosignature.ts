/**
 * Cosignatures of a checkpoint by witnesses: C2SP tlog-cosignature.md, Ed25519 with a time (signature type 0x04). A witness
 * says by it that the checkpoint does not contradict any that it saw before. Knows no file.
 */

import { sign, verify, type KeyObject } from "node:crypto";
import { parseNote, type NoteRefusal } from "./checkpoint.ts";
import { noteKeys, type VerifierKey } from "./note-key.ts";

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

const KEYS = noteKeys(0x04);
/** `name+keyid+base64(0x04 ‖ key)` of a private or public key. Throws TypeError for another kind of key. */
export const witnessText = KEYS.text;
/** Reads what `witnessText` writes; undefined for anything else. */
export const parseWitness = KEYS.parse;

/** What a witness signs; `seconds` since the epoch. */
const cosigned = (seconds: number | bigint, text: string): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`, "utf8");

/**
 * Adds a witness's line to a signed note. Whoever calls it has proven before that the checkpoint is consistent with all
 * that this witness signed, and has kept it durably: a witness that forgets is none.
 */
export function cosign(note: string, name: string, key: KeyObject, now: number): string {
  const seconds = Math.floor(now / 1000);
  const { text } = parseNote(note) ?? {};
  if (text === undefined) throw new TypeError("only a signed note can be cosigned");
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = sign(null, cosigned(seconds, text), key);
  const marked = Buffer.concat([Buffer.from(KEYS.id(name, key), "hex"), time, signature]);
  return `${note}— ${name} ${marked.toString("base64")}\n`;
}

/** When `by` cosigned the note, ms since the epoch, or why that cannot be believed. Its last line counts. */
export function cosignedAt(note: string, by: VerifierKey): { readonly at: number } | { readonly refused: NoteRefusal } {
  const parsed = parseNote(note);
  if (parsed === undefined) return { refused: "malformed" };
  let at: number | undefined;
  for (const { name, id, signature } of parsed.signatures) {
    if (name !== by.name || id !== by.id) continue;
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return { refused: "bad-signature" };
    const seconds = signature.readBigUInt64BE();
    if (!verify(null, cosigned(seconds, parsed.text), by.key, signature.subarray(TIME_BYTES)))
      return { refused: "bad-signature" };
    at = Number(seconds) * 1000;
  }
  return at === undefined ? { refused: "no-signature" } : { at };
}
