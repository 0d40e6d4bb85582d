/**
 * Cosignatures of a checkpoint by witnesses: C2SP tlog-cosignature.md, Ed25519 with a time (signature type 0x04). A witness
 * says by it that the checkpoint does not contradict any that it saw before. Knows no file.
 */

import { createPublicKey, hash, sign, verify, type KeyObject } from "node:crypto";
import { parseNote, rawKey, type NoteRefusal, type VerifierKey } from "./checkpoint.ts";

const COSIGNATURE = 0x04;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

// signed-note.md: key ID = SHA-256(name ‖ 0x0A ‖ signature type ‖ public key)[:4]
const keyId = (name: string, raw: Buffer): string =>
  hash("sha256", Buffer.concat([Buffer.from(`${name}\n`, "utf8"), Buffer.of(COSIGNATURE), raw]), "hex").slice(0, 8);

/** `name+keyid+base64(0x04 ‖ key)` of a private or public key. Throws TypeError for another kind of key. */
export function witnessText(name: string, key: KeyObject): string {
  const raw = rawKey(key);
  return `${name}+${keyId(name, raw)}+${Buffer.concat([Buffer.of(COSIGNATURE), raw]).toString("base64")}`;
}

/** Reads what `witnessText` writes; undefined for anything else, a key id that is not the key's included. */
export function parseWitness(text: string): VerifierKey | undefined {
  const [, name, id, encoded] = /^([^\s+\p{Z}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length !== 33 || bytes[0] !== COSIGNATURE || bytes.toString("base64") !== encoded) return undefined;
  const raw = bytes.subarray(1);
  if (keyId(name, raw) !== id) return undefined;
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
  return { name, id, key: createPublicKey({ key: jwk, format: "jwk" }) };
}

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
  const marked = Buffer.concat([Buffer.from(keyId(name, rawKey(key)), "hex"), time, signature]);
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
