/** One person's passkey as the pages' tests need it: how it stands in kidoban.yaml, and what a gesture sends back. */

import { assertion, makePasskey, passkeyYaml } from "./authenticator.ts";

export function softPasskey(origin: string, rp: string) {
  const { privateKey, ...passkey } = makePasskey(origin, rp);
  return {
    passkey,
    yaml: passkeyYaml(passkey),
    use: ({ challenge, rpId }: { readonly challenge: string; readonly rpId: string }): string =>
      assertion({ ...passkey, privateKey }, { challenge, rp: rpId }),
  };
}

export type SoftPasskey = ReturnType<typeof softPasskey>;
