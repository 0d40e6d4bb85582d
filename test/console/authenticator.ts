/** A passkey as a browser uses it for a challenge, honest or not: the authenticator in software, in what a page sends. */

import { randomBytes, type KeyObject } from "node:crypto";
import type { Passkey } from "../../src/approval/approver.ts";
import { assertion as assertionOf, authenticator, type Said } from "../approval/authenticator.ts";

export interface SoftPasskey extends Passkey {
  readonly privateKey: KeyObject;
}

export function makePasskey(origin: string, rp: string): SoftPasskey {
  // As long as those that the console makes up for names that it does not know.
  const { passkey, key } = authenticator("es256", { origin, rp, id: randomBytes(32).toString("base64url") });
  return { ...passkey, privateKey: key };
}

/** As it stands in kidoban.yaml. */
export const passkeyYaml = ({ id, key, origin, rp }: Passkey): string => JSON.stringify({ id, key, origin, rp });

export interface Gesture {
  /** base64url, as the console offered it. */
  readonly challenge: string;
  readonly rp?: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly type?: string;
  /** Web Authentication, section 6.1: present, and verified by fingerprint, face or PIN. */
  readonly flags?: number;
}

/** The JSON that the console's script puts into the form. */
export function assertion(passkey: SoftPasskey, { challenge, rp, flags, ...client }: Gesture): string {
  const said: Partial<Said> = {
    client,
    ...(rp === undefined ? {} : { rp }),
    ...(flags === undefined ? {} : { flags }),
  };
  const { assertion: made, signature } = assertionOf(
    { passkey, key: passkey.privateKey },
    Buffer.from(challenge, "base64url"),
    said,
  );
  return JSON.stringify({ id: passkey.id, ...made, signature });
}

/** For Chromium's virtual authenticator. */
export const pkcs8 = ({ privateKey }: SoftPasskey): string =>
  privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
