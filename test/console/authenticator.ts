/** A passkey in software: what a browser and its authenticator give for a challenge, honest or not. */

import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import type { Passkey } from "../../src/approval/approver.ts";

export interface SoftPasskey extends Passkey {
  readonly privateKey: KeyObject;
}

const raw = (base64url: string | undefined): Buffer => Buffer.from(base64url ?? "", "base64url");

export function makePasskey(origin: string, rp: string): SoftPasskey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const key = `es256:${Buffer.concat([raw(x), raw(y)]).toString("base64url")}`;
  return { id: randomBytes(32).toString("base64url"), key, origin, rp, privateKey };
}

/** As it stands in kidoban.yaml. */
export const passkeyYaml = ({ id, key, origin, rp }: Passkey): string =>
  `{ id: ${JSON.stringify(id)}, key: ${JSON.stringify(key)}, origin: ${JSON.stringify(origin)}, rp: ${JSON.stringify(rp)} }`;

export interface Gesture {
  /** base64url, as the console offered it. */
  readonly challenge: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly type?: string;
  /** Web Authentication, section 6.1: present, and verified by fingerprint, face or PIN. */
  readonly flags?: number;
}

/** The JSON that the console's script puts into the form. */
export function assertion(passkey: SoftPasskey, gesture: Gesture): string {
  const { challenge, origin = passkey.origin, crossOrigin = false, type = "webauthn.get", flags = 0x05 } = gesture;
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));
  const authenticatorData = Buffer.concat([
    createHash("sha256").update(passkey.rp).digest(),
    Buffer.of(flags),
    Buffer.alloc(4),
  ]);
  const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
  return JSON.stringify({
    id: passkey.id,
    authenticatorData: authenticatorData.toString("base64url"),
    clientData: clientData.toString("base64url"),
    signature: sign("sha256", signed, passkey.privateKey).toString("base64url"),
  });
}

/** For Chromium's virtual authenticator. */
export const pkcs8 = ({ privateKey }: SoftPasskey): string =>
  createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }))
    .export({ format: "der", type: "pkcs8" })
    .toString("base64");
