/**
 * A person's gesture over something exact: the browser is given a challenge that is the digest of what will be signed, and
 * gives back an assertion that becomes a proof. Verifies nothing: whoever takes the proof does.
 */

import type { Approver, Passkey } from "../approval/approver.ts";
import { challengeFor, type Proof } from "../approval/proof.ts";
import { isObject, type Json } from "../policy/json.ts";
import type { Site } from "./ports.ts";

/** What `navigator.credentials.get` needs, base64url where WebAuthn has bytes. */
export interface Offer {
  readonly gesture: string;
  readonly publicKey: {
    readonly challenge: string;
    readonly rpId: string;
    readonly allowCredentials: readonly string[];
    readonly timeout: number;
  };
}

const TIMEOUT_MS = 2 * 60_000;

/** `digests`: of every signed message, in the order shown. `ids`: empty where the person is not known yet. */
export const offer = (site: Site, gesture: string, digests: readonly Buffer[], ids: readonly string[]): Offer => ({
  gesture,
  publicKey: {
    challenge: challengeFor(digests).toString("base64url"),
    rpId: site.rp,
    allowCredentials: ids,
    timeout: TIMEOUT_MS,
  },
});

/** A person's passkeys that work at this console. */
export const passkeysAt = (site: Site, { passkeys = [] }: Approver): readonly Passkey[] =>
  passkeys.filter(({ origin, rp }) => origin === site.origin && rp === site.rp);

/** What the browser gave: base64url, all of it. */
export interface Credential {
  readonly id: string;
  readonly authenticatorData: string;
  readonly clientData: string;
  readonly signature: string;
}

export function readCredential(text: string): Credential | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { id, authenticatorData, clientData, signature } = value;
  return typeof id === "string" &&
    typeof authenticatorData === "string" &&
    typeof clientData === "string" &&
    typeof signature === "string"
    ? { id, authenticatorData, clientData, signature }
    : undefined;
}

/** The proof by this passkey. `digests`: what was offered; one proof then stands beside each of the bodies. */
export function proofBy(passkey: Passkey, credential: Credential, digests: readonly Buffer[]): Proof {
  const { authenticatorData, clientData, signature } = credential;
  const batch = digests.length < 2 ? {} : { batch: digests.map((each) => each.toString("hex")) };
  return { key: passkey.key, signature, passkey: { authenticatorData, clientData, ...batch } };
}
