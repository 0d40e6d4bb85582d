/** What a browser gives for a new passkey: asked for, checked (Web Authentication, section 7.1), written as keys are in kidoban.yaml. */

import { createPublicKey } from "node:crypto";
import type { Passkey } from "../approval/approver.ts";
import { passkeyOf } from "../approval/passkey.ts";
import { isObject, type Json } from "../policy/json.ts";
import type { Site } from "./ports.ts";

/** COSE algorithm identifiers (RFC 9053): ECDSA on P-256 with SHA-256, and RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8812). */
const ES256 = -7;
const RS256 = -257;
const TIMEOUT_MS = 5 * 60_000;

/** For `navigator.credentials.create`; base64url where WebAuthn has bytes. `user`: an id that says nothing of the person. */
export const registrationOptions = (
  site: Site,
  challenge: string,
  user: string,
  name: string,
  known: readonly string[],
) => ({
  challenge,
  rp: { id: site.rp, name: "Kidoban" },
  user: { id: user, name, displayName: name },
  pubKeyCredParams: [ES256, RS256].map((alg) => ({ type: "public-key", alg })),
  authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
  excludeCredentials: known.map((id) => ({ id })),
  timeout: TIMEOUT_MS,
});

/** RFC 9052 section 7: key type, algorithm, and what each type has under -1, -2, -3. */
type CoseKey = Map<number, number | Uint8Array>;

function keyText(cose: CoseKey): string | undefined {
  const bytes = (label: number): Buffer | undefined => {
    const value = cose.get(label);
    return value instanceof Uint8Array ? Buffer.from(value) : undefined;
  };
  if (cose.get(3) === ES256) {
    const [x, y] = [bytes(-2), bytes(-3)];
    return x === undefined || y === undefined ? undefined : `es256:${Buffer.concat([x, y]).toString("base64url")}`;
  }
  const [n, e] = [bytes(-1), bytes(-2)];
  if (cose.get(3) !== RS256 || n === undefined || e === undefined) return undefined;
  const jwk = { kty: "RSA", n: n.toString("base64url"), e: e.toString("base64url") };
  return `rs256:${createPublicKey({ key: jwk, format: "jwk" }).export({ format: "der", type: "spki" }).toString("base64url")}`;
}

/** The new passkey; undefined where the browser's answer is not one to this challenge, here, by a verified human. */
export async function registered(site: Site, challenge: string, text: string): Promise<Passkey | undefined> {
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  const { decodeCredentialPublicKey } = await import("@simplewebauthn/server/helpers");
  try {
    const value = JSON.parse(text) as Json;
    if (!isObject(value)) return undefined;
    const { id, attestationObject, clientData } = value;
    if (typeof id !== "string" || typeof attestationObject !== "string" || typeof clientData !== "string")
      return undefined;
    const checked = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: { attestationObject, clientDataJSON: clientData },
      },
      expectedChallenge: challenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rp,
      requireUserVerification: true,
      supportedAlgorithmIDs: [ES256, RS256],
    });
    if (!checked.verified) return undefined;
    const { credential } = checked.registrationInfo;
    const key = keyText(decodeCredentialPublicKey(credential.publicKey) as unknown as CoseKey);
    if (key === undefined || passkeyOf(key) === undefined) return undefined;
    return { id: credential.id, key, origin: site.origin, rp: site.rp };
  } catch {
    // Whatever a browser sends that is none of this: no passkey.
    return undefined;
  }
}
