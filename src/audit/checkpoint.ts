/**
 * Checkpoints of the ledger as signed notes: C2SP signed-note.md and tlog-checkpoint.md, Ed25519 (signature type 0x01).
 * Knows no file; what a checkpoint is of is the caller's business.
 */

import { hash, sign, verify, type KeyObject } from "node:crypto";
import { noteKeys, rawKey, type VerifierKey } from "./note-key.ts";

export type { VerifierKey } from "./note-key.ts";

export interface Checkpoint {
  /** Names the log for good, also when its key changes. */
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export type NoteRefusal = "malformed" | "no-signature" | "bad-signature";

const SIGNATURE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/;

const KEYS = noteKeys(0x01);
/** `name+keyid+base64(0x01 ‖ key)` of a private or public key. Throws TypeError for another kind of key. */
export const verifierText = KEYS.text;
/** Reads what `verifierText` writes; undefined for anything else. */
export const parseVerifier = KEYS.parse;

/** The name a fresh log takes from its first key. */
export const originOf = (key: KeyObject): string => `kidoban/${hash("sha256", rawKey(key), "hex").slice(0, 16)}`;

/** Signs a text that ends in a newline. */
export function signNote(text: string, name: string, key: KeyObject): string {
  const signature = sign(null, Buffer.from(text, "utf8"), key);
  const marked = Buffer.concat([Buffer.from(KEYS.id(name, key), "hex"), signature]);
  return `${text}\n— ${name} ${marked.toString("base64")}\n`;
}

/** A note taken apart; nothing of it is proven yet. */
export interface Note {
  readonly text: string;
  /** `id`: 8 hex digits. */
  readonly signatures: readonly { readonly name: string; readonly id: string; readonly signature: Buffer }[];
}

/** Undefined for what is no signed note. */
export function parseNote(note: string): Note | undefined {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) return undefined;
  // signed-note.md: no ASCII control characters other than newline.
  if (/[^\n\P{Cc}]/u.test(note)) return undefined;
  const signatures = note
    .slice(cut + 2, -1)
    .split("\n")
    .map((line) => {
      const [, name, encoded] = SIGNATURE.exec(line) ?? [];
      const bytes = Buffer.from(encoded ?? "", "base64");
      if (name === undefined || bytes.toString("base64") !== encoded || bytes.length < 5) return undefined;
      return { name, id: bytes.subarray(0, 4).toString("hex"), signature: bytes.subarray(4) };
    });
  const whole = signatures.filter((each) => each !== undefined);
  return whole.length < signatures.length ? undefined : { text: note.slice(0, cut + 1), signatures: whole };
}

/** The text of a note that `by` has signed. Signatures of others are left to others; a wrong one of `by` refuses the note. */
export function openNote(note: string, by: VerifierKey): { readonly text: string } | { readonly refused: NoteRefusal } {
  const parsed = parseNote(note);
  if (parsed === undefined) return { refused: "malformed" };
  const own = parsed.signatures.filter(({ name, id }) => name === by.name && id === by.id);
  if (own.length === 0) return { refused: "no-signature" };
  const text = Buffer.from(parsed.text, "utf8");
  return own.every(({ signature }) => verify(null, text, by.key, signature))
    ? { text: parsed.text }
    : { refused: "bad-signature" };
}

/** The text to sign. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${Buffer.from(root, "hex").toString("base64")}\n`;

/** Reads the text of a checkpoint; extension lines are allowed and without meaning here. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, root] = text.split("\n");
  if (origin === undefined || origin === "" || size === undefined || root === undefined) return undefined;
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) return undefined;
  const bytes = Buffer.from(root, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== root) return undefined;
  return { origin, size: Number(size), root: bytes.toString("hex") };
}

/** The checkpoint in a note that `by` has signed for the log of its own name. */
export function openCheckpoint(note: string, by: VerifierKey): Checkpoint | { readonly refused: NoteRefusal } {
  const opened = openNote(note, by);
  if ("refused" in opened) return opened;
  const checkpoint = parseCheckpoint(opened.text);
  return checkpoint === undefined || checkpoint.origin !== by.name ? { refused: "malformed" } : checkpoint;
}
