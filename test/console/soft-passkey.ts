/** An authenticator in software: makes and uses a passkey as a browser would, for tests that need no browser. */

import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { Passkey } from "../../src/approval/approver.ts";

interface Offered {
  readonly challenge: string;
  readonly rpId: string;
  readonly allowCredentials: readonly string[];
}

export function softPasskey(origin: string, rp: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const raw = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const passkey: Passkey = {
    id: createHash("sha256").update(raw).digest("base64url"),
    key: `es256:${raw.toString("base64url")}`,
    rp,
    origin,
  };
  return {
    passkey,
    /** As it stands in kidoban.yaml. */
    yaml: JSON.stringify(passkey),
    /** What the page's script sends back; `flags`: user present and verified. */
    use({ challenge, rpId }: Offered, { from = origin, flags = 0x05 } = {}): string {
      const authenticatorData = Buffer.concat([
        createHash("sha256").update(rpId).digest(),
        Buffer.from([flags, 0, 0, 0, 0]),
      ]);
      const clientData = Buffer.from(
        JSON.stringify({ type: "webauthn.get", challenge, origin: from, crossOrigin: false }),
      );
      const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
      return JSON.stringify({
        id: passkey.id,
        authenticatorData: authenticatorData.toString("base64url"),
        clientData: clientData.toString("base64url"),
        signature: sign("sha256", signed, privateKey).toString("base64url"),
      });
    },
  };
}

export type SoftPasskey = ReturnType<typeof softPasskey>;
