/**
 * Public keys as signed notes name them, C2SP signed-note.md: a name, an id and an Ed25519 key, in whatever use the signature
 * type says. Knows no note.
 */

import { createPublicKey, hash, type KeyObject } from "node:crypto";

/** Who signs. Written as `name+keyid+base64(type ‖ key)`. */
export interface VerifierKey {
  readonly name: string;
  /** 8 hex digits. */
  readonly id: string;
  readonly key: KeyObject;
}

/** The 32 bytes of an Ed25519 public key. Throws TypeError for another kind of key. */
export function rawKey(key: KeyObject): Buffer {
  const { crv, x } = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" });
  if (crv !== "Ed25519" || x === undefined) throw new TypeError("notes are signed with Ed25519 keys");
  return Buffer.from(x, "base64url");
}

export interface NoteKeys {
  /** 8 hex digits. */
  id(name: string, key: KeyObject): string;
  /** Of a private or public key. Throws TypeError for another kind of key. */
  text(name: string, key: KeyObject): string;
  /** Reads what `text` writes; undefined for anything else, a key id that is not the key's included. */
  parse(text: string): VerifierKey | undefined;
}

/** The keys of one signature type: 0x01 signs notes, 0x04 cosigns checkpoints. */
export function noteKeys(type: number): NoteKeys {
  // signed-note.md: key ID = SHA-256(name ‖ 0x0A ‖ signature type ‖ public key)[:4]
  const idOf = (name: string, raw: Buffer): string =>
    hash("sha256", Buffer.concat([Buffer.from(`${name}\n`, "utf8"), Buffer.of(type), raw]), "hex").slice(0, 8);
  return {
    id: (name, key) => idOf(name, rawKey(key)),
    text(name, key) {
      const raw = rawKey(key);
      return `${name}+${idOf(name, raw)}+${Buffer.concat([Buffer.of(type), raw]).toString("base64")}`;
    },
    parse(text) {
      const [, name, id, encoded] = /^([^\s+\p{Z}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
      if (name === undefined || id === undefined || encoded === undefined) return undefined;
      const bytes = Buffer.from(encoded, "base64");
      if (bytes.length !== 33 || bytes[0] !== type || bytes.toString("base64") !== encoded) return undefined;
      const raw = bytes.subarray(1);
      if (idOf(name, raw) !== id) return undefined;
      const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
      return { name, id, key: createPublicKey({ key: jwk, format: "jwk" }) };
    },
  };
}
