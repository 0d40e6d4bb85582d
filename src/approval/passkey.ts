/**
 * Checks a passkey's assertion offline: Web Authentication Level 3, section 7.2, from step 11 on. The challenge is the
 * digest of what is signed, so that an assertion proves one answer and no other. Knows no request. Pure.
 */

import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { isObject, type Json } from "../policy/json.ts";
import type { Passkey } from "./approver.ts";

/** What an authenticator gave beside the signature; base64url, both. */
export interface Assertion {
  readonly authenticatorData: string;
  /** The bytes of `clientDataJSON`. */
  readonly clientData: string;
  /**
   * One gesture over several answers: sha256 hex of each signed message, in the order shown. The challenge is then the
   * digest of this list.
   */
  readonly batch?: readonly string[];
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
/** rpIdHash, flags, signCount: the least there is. */
const LEAST_BYTES = 37;
/** Of what an authenticator may say; beyond it somebody is filling the log. */
const MOST_LETTERS = 8192;

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** Undefined for what is not base64url: Buffer would skip over it. */
const bytes = (text: string): Buffer | undefined =>
  text.length <= MOST_LETTERS && BASE64URL.test(text) ? Buffer.from(text, "base64url") : undefined;

/** The public key a passkey's text names, or undefined when it names none. */
export function passkeyOf(text: string): KeyObject | undefined {
  const [, kind, coded] = /^(es256|rs256):([A-Za-z0-9_-]{1,2048})$/.exec(text) ?? [];
  if (coded === undefined) return undefined;
  const raw = Buffer.from(coded, "base64url");
  try {
    if (kind === "rs256") {
      const key = createPublicKey({ key: raw, format: "der", type: "spki" });
      return key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
        ? key
        : undefined;
    }
    if (raw.length !== 64) return undefined;
    const [x, y] = [raw.subarray(0, 32), raw.subarray(32)].map((each) => each.toString("base64url"));
    return createPublicKey({ key: { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" }, format: "jwk" });
  } catch {
    return undefined;
  }
}

/** `clientDataJSON` says a get, this challenge, this very origin, and no frame of somebody else's page around it. */
function saysSo(clientData: Buffer, challenge: Buffer, origin: string): boolean {
  let said: Json;
  try {
    said = JSON.parse(clientData.toString("utf8")) as Json;
  } catch {
    return false;
  }
  return (
    isObject(said) &&
    said["type"] === "webauthn.get" &&
    said["challenge"] === challenge.toString("base64url") &&
    said["origin"] === origin &&
    (said["crossOrigin"] === undefined || said["crossOrigin"] === false) &&
    said["topOrigin"] === undefined
  );
}

/** Whether the human behind `passkey` was there, verified, and meant `challenge`. `signature` is base64url, as WebAuthn gives it. */
export function verifyAssertion(
  passkey: Passkey,
  challenge: Buffer,
  assertion: Pick<Assertion, "authenticatorData" | "clientData">,
  signature: string,
): boolean {
  const [data, said, signed] = [assertion.authenticatorData, assertion.clientData, signature].map(bytes);
  const key = passkeyOf(passkey.key);
  if (data === undefined || said === undefined || signed === undefined || key === undefined) return false;
  if (data.length < LEAST_BYTES) return false;
  const flags = data[32] ?? 0;
  if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0) return false;
  if (!data.subarray(0, 32).equals(createHash("sha256").update(passkey.rp).digest())) return false;
  if (!saysSo(said, challenge, passkey.origin)) return false;
  try {
    // ECDSA in DER and RSASSA-PKCS1-v1_5, both with SHA-256, as the two algorithms are defined for WebAuthn.
    return verify("sha256", Buffer.concat([data, createHash("sha256").update(said).digest()]), key, signed);
  } catch {
    return false;
  }
}
