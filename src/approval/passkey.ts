/**
 * Checks a passkey's assertion offline: Web Authentication Level 3, section 7.2, from step 11 on. The challenge is the
 * digest of what is signed, so that an assertion proves one answer and no other. Knows no request. Pure.
 */

import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { isObject, type Json } from "../policy/json.ts";
import type { Passkey } from "./approver.ts";
import { fromBase64url } from "./base64url.ts";

/** What an authenticator gave beside the signature; base64url, both. */
export interface Assertion {
  readonly authenticatorData: string;
  /** The bytes of `clientDataJSON`. */
  readonly clientData: string;
  /**
   * One gesture over several answers: sha256 hex of each signed message, each once, in the order shown. The challenge is
   * then the digest of this list.
   */
  readonly batch?: readonly string[];
}

/** Bits of the flags in authenticator data (section 6.1). */
const FLAG = { present: 0x01, verified: 0x04, mayBackUp: 0x08, backedUp: 0x10, credential: 0x40, extensions: 0x80 };
/** rpIdHash, flags, signCount: the least there is. */
const LEAST_BYTES = 37;
/** Of what an authenticator may say; beyond it somebody is filling the log. */
const MOST_LETTERS = 8192;

const bytes = (text: string): Buffer | undefined => (text.length <= MOST_LETTERS ? fromBase64url(text) : undefined);

/** The public key a passkey's text names, or undefined when it names none, or one that can be written otherwise. */
export function passkeyOf(text: string): KeyObject | undefined {
  const [, kind, coded = ""] = /^(es256|rs256):([A-Za-z0-9_-]{1,2048})$/.exec(text) ?? [];
  const raw = fromBase64url(coded);
  if (kind === undefined || raw === undefined) return undefined;
  try {
    return kind === "es256" ? p256Of(raw) : rsaOf(raw);
  } catch {
    return undefined;
  }
}

function p256Of(raw: Buffer): KeyObject | undefined {
  if (raw.length !== 64) return undefined;
  const [x = "", y = ""] = [raw.subarray(0, 32), raw.subarray(32)].map((each) => each.toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
}

function rsaOf(raw: Buffer): KeyObject | undefined {
  const key = createPublicKey({ key: raw, format: "der", type: "spki" });
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const isStrong = key.asymmetricKeyType === "rsa" && modulusLength >= 2048 && publicExponent >= 65_537n;
  return isStrong && key.export({ format: "der", type: "spki" }).equals(raw) ? key : undefined;
}

/** User present and verified, backup flags that can be, no credential as when enrolling, nothing behind that no flag announces. */
function isAssertionOf(rp: string, data: Buffer): boolean {
  const flags = data[32] ?? 0;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return (
    data.length >= LEAST_BYTES &&
    isHashOf(rp, data) &&
    has(FLAG.present) &&
    has(FLAG.verified) &&
    (has(FLAG.mayBackUp) || !has(FLAG.backedUp)) &&
    !has(FLAG.credential) &&
    has(FLAG.extensions) === data.length > LEAST_BYTES
  );
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
  if (!isAssertionOf(passkey.rp, data) || !saysSo(said, challenge, passkey.origin)) return false;
  try {
    // ECDSA in DER and RSASSA-PKCS1-v1_5, both with SHA-256, as the two algorithms are defined for WebAuthn.
    return verify("sha256", Buffer.concat([data, createHash("sha256").update(said).digest()]), key, signed);
  } catch {
    return false;
  }
}

/**
 * Where an assertion says that it was made. It proves no enrolment: it is for whoever has the assertion and the key alone,
 * such as an auditor years later.
 */
export function placeOf({ authenticatorData, clientData }: Assertion): Pick<Passkey, "rp" | "origin"> | undefined {
  const [data, said] = [authenticatorData, clientData].map(bytes);
  if (data === undefined || said === undefined) return undefined;
  try {
    const client = JSON.parse(said.toString("utf8")) as Json;
    const origin = isObject(client) ? client["origin"] : undefined;
    if (typeof origin !== "string") return undefined;
    const labels = new URL(origin).hostname.split(".");
    const rp = labels.map((_, index) => labels.slice(index).join(".")).find((host) => isHashOf(host, data));
    return rp === undefined ? undefined : { rp, origin };
  } catch {
    return undefined;
  }
}

const isHashOf = (rp: string, data: Buffer): boolean =>
  data.subarray(0, 32).equals(createHash("sha256").update(rp).digest());
