/** Ed25519 over canonical JSON with a domain prefix, so that a signature for one purpose is none for another. Pure. */

import { createHash, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { fromBase64url } from "./base64url.ts";
import { canonical } from "./digest.ts";

/** What a signature is for; the first line of every signed message. */
export type Domain =
  | "kidoban-statement/v1"
  | "kidoban-resume/v1"
  | "kidoban-accept/v1"
  | "kidoban-rotate/v1"
  | "kidoban-token/v1"
  | "kidoban-pass/v1"
  | "kidoban-batch/v1"
  | "kidoban-login/v1"
  | "kidoban-report/v1";

/** The signed bytes. Throws what `canonical` throws. */
const message = (domain: Domain, body: object): Buffer => Buffer.from(`${domain}\n${canonical(body)}`, "utf8");

/** sha256 of the signed bytes: what a passkey takes as its challenge. Throws what `canonical` throws. */
export const messageDigest = (domain: Domain, body: object): Buffer =>
  createHash("sha256").update(message(domain, body)).digest();

/** `ed25519:<base64url of the raw 32 bytes>` of a private or public Ed25519 key. Throws TypeError for another kind of key. */
export function keyText(key: KeyObject): string {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const { crv, x } = publicKey.export({ format: "jwk" });
  if (crv !== "Ed25519" || x === undefined) throw new TypeError("an approver's key is an Ed25519 key");
  return `ed25519:${x}`;
}

/** The public key a text names, or undefined when it names none. */
function publicKeyOf(text: string): KeyObject | undefined {
  const x = /^ed25519:([A-Za-z0-9_-]{43})$/.exec(text)?.[1];
  if (x === undefined) return undefined;
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return undefined;
  }
}

/** base64url, 64 bytes. */
export const signBody = (domain: Domain, body: object, key: KeyObject): string =>
  sign(null, message(domain, body), key).toString("base64url");

/** False, too, for a text that is no signature or no key, and for a body that has no canonical form. */
export function verifyBody(domain: Domain, body: object, key: string, signature: string): boolean {
  const publicKey = publicKeyOf(key);
  const signed = fromBase64url(signature);
  if (publicKey === undefined || signed?.length !== 64) return false;
  try {
    return verify(null, message(domain, body), publicKey, signed);
  } catch {
    return false;
  }
}
