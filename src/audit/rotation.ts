/**
 * A log's key replaced by another: a signed note (C2SP signed-note.md) under both keys, kept in a file beside the ledger, so
 * that whoever has an earlier key can follow to the present one. Knows no file.
 */

import type { KeyObject } from "node:crypto";
import { openNote, parseNote, parseVerifier, signNote, verifierText, type VerifierKey } from "./checkpoint.ts";

const HEAD = "kidoban-rotation/v1";

export interface Rotation {
  readonly origin: string;
  /** Keys as `verifierText` writes them. */
  readonly from: string;
  readonly to: string;
  /** The ledger as the old key left it. */
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

const textOf = ({ origin, from, to, size, root }: Rotation): string =>
  `${HEAD}\n${origin}\n${from}\n${to}\n${size}\n${Buffer.from(root, "hex").toString("base64")}\n`;

/** The note, signed by both. */
export function rotationNote(
  origin: string,
  head: Pick<Rotation, "size" | "root">,
  from: KeyObject,
  to: KeyObject,
): string {
  const text = textOf({ origin, ...head, from: verifierText(origin, from), to: verifierText(origin, to) });
  return signNote(text, origin, from) + signNote(text, origin, to).slice(text.length + 1);
}

function rotationIn(note: string): Rotation | undefined {
  const [head, origin = "", from = "", to = "", size = "", root = ""] = parseNote(note)?.text.split("\n") ?? [];
  const bytes = Buffer.from(root, "base64");
  const rotation = { origin, from, to, size: Number(size), root: bytes.toString("hex") };
  const names = [from, to].map((key) => parseVerifier(key)?.name);
  const isRight =
    head === HEAD && /^(?:0|[1-9]\d{0,15})$/.test(size) && bytes.length === 32 && note.startsWith(textOf(rotation));
  return isRight && names.every((name) => name === origin) ? rotation : undefined;
}

const isSignedBy = (note: string, key: string): boolean => {
  const by = parseVerifier(key);
  return by !== undefined && !("refused" in openNote(note, by));
};

/** The rotations of a file, oldest first; undefined for one that is none, or that not both keys have signed. */
export const rotationsIn = (text: string): readonly (Rotation | undefined)[] =>
  text === ""
    ? []
    : text.split(new RegExp(`^(?=${HEAD}$)`, "m")).map((note) => {
        const rotation = rotationIn(note);
        return rotation !== undefined && [rotation.from, rotation.to].every((key) => isSignedBy(note, key))
          ? rotation
          : undefined;
      });

export interface Followed {
  /** From the one that was given to the present one, which is the last. */
  readonly keys: readonly [VerifierKey, ...VerifierKey[]];
  readonly rotations: readonly Rotation[];
}

/** Follows from a key; `broken`: which rotation, from 1, does not lead on from the one before, or is not signed by both. */
export function follow(text: string, given: string): Followed | { readonly broken: number } | undefined {
  const first = parseVerifier(given);
  if (first === undefined) return undefined;
  const keys: [VerifierKey, ...VerifierKey[]] = [first];
  const rotations: Rotation[] = [];
  let current = given;
  let before: string | undefined;
  for (const [index, rotation] of rotationsIn(text).entries()) {
    const next = rotation === undefined ? undefined : parseVerifier(rotation.to);
    if (rotation === undefined || next === undefined || (before ?? rotation.from) !== rotation.from)
      return { broken: index + 1 };
    before = rotation.to;
    // Those before the given key lead to it.
    if (rotation.from !== current) continue;
    keys.push(next);
    rotations.push(rotation);
    current = rotation.to;
  }
  return { keys, rotations };
}

/** Keys that came before this one, the latest first, each of which was replaced by a rotation that both have signed. */
export function keysBefore(text: string, present: string): readonly string[] {
  const before: string[] = [];
  for (const rotation of rotationsIn(text).toReversed())
    if (rotation?.to === (before.at(-1) ?? present)) before.push(rotation.from);
  return before;
}
