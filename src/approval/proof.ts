/** Who signed something, by whichever of their keys, and how well that proves a human. Pure. */

import type { KeyObject } from "node:crypto";
import type { Assurance } from "../policy/call.ts";
import type { Approver } from "./approver.ts";
import { placeOf, verifyAssertion, type Assertion } from "./passkey.ts";
import { keyText, messageDigest, signBody, verifyBody, type Domain } from "./signature.ts";

/** What stands beside a signed body. */
export interface Proof {
  /** The public key it was made with: `ed25519:…`, or `es256:…` or `rs256:…` of a passkey. */
  readonly key: string;
  /** base64url; over the body's message with an Ed25519 key, over what WebAuthn signs with a passkey. */
  readonly signature: string;
  /** Only with a passkey. */
  readonly passkey?: Assertion;
}

/** Signs with an unlocked Ed25519 key. Throws what `keyText` and `canonical` throw. */
export const prove = (domain: Domain, body: object, key: KeyObject): Proof => ({
  key: keyText(key),
  signature: signBody(domain, body, key),
});

/** Most answers that one gesture may cover. */
export const MOST_IN_BATCH = 20;

/** Of sha256 digests in hex, at most so many, none of them twice. */
const isBatch = (batch: readonly string[]): boolean =>
  batch.length >= 2 &&
  batch.length <= MOST_IN_BATCH &&
  new Set(batch).size === batch.length &&
  batch.every((each) => /^[0-9a-f]{64}$/.test(each));

const batchChallenge = (batch: readonly string[]): Buffer => messageDigest("kidoban-batch/v1", { v: 1, batch });

/** What a passkey signs for one body, or for several at once by their digests. Throws RangeError for no batch. */
export function challengeFor(digests: readonly Buffer[]): Buffer {
  const [first] = digests;
  if (first !== undefined && digests.length === 1) return first;
  const batch = digests.map((each) => each.toString("hex"));
  if (!isBatch(batch)) throw new RangeError(`one gesture covers 1 to ${MOST_IN_BATCH} different answers`);
  return batchChallenge(batch);
}

function challengeOf(digest: Buffer, batch: readonly string[] | undefined): Buffer | undefined {
  if (batch === undefined) return digest;
  return isBatch(batch) && batch.includes(digest.toString("hex")) ? batchChallenge(batch) : undefined;
}

/** What the proof proves of this approver: undefined where the key is not theirs or the signature does not fit. */
export function assuranceOf(
  domain: Domain,
  body: object,
  { key, signature, passkey: assertion }: Proof,
  approver: Approver,
): Assurance | undefined {
  if (assertion === undefined) {
    return key === approver.key && verifyBody(domain, body, key, signature) ? "operator" : undefined;
  }
  const passkey = approver.passkeys?.find((each) => each.key === key);
  if (passkey === undefined) return undefined;
  try {
    const challenge = challengeOf(messageDigest(domain, body), assertion.batch);
    return challenge !== undefined && verifyAssertion(passkey, challenge, assertion, signature)
      ? "verified"
      : undefined;
  } catch {
    return undefined;
  }
}

/** What the proof proves by itself of whoever holds its key; whose key that is, somebody else must say. */
export function provenByKey(domain: Domain, body: object, proof: Proof): Assurance | undefined {
  const { key, passkey } = proof;
  const nobody = { name: "", groups: [] };
  if (passkey === undefined) return assuranceOf(domain, body, proof, { ...nobody, key });
  const place = placeOf(passkey);
  return place && assuranceOf(domain, body, proof, { ...nobody, passkeys: [{ id: "", key, ...place }] });
}
