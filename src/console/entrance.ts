/** The way in by the company's OpenID provider. Shapes only; whoever comes this way reads and stops, and decides nothing. */

import type { Approver } from "../approval/approver.ts";

type Arrived =
  | { readonly kind: "entered"; readonly name: string; readonly subject: string }
  | { readonly kind: "refused"; readonly why: string };

export interface EntrancePort {
  /** Undefined where no provider is configured and accepted. */
  issuer(): Promise<string | undefined>;
  /** What has to be remembered until the person comes back, and where they go meanwhile. Rejects with what went wrong. */
  leave(): Promise<{ readonly leaving: object; url(state: string): Promise<string> } | undefined>;
  /** `answer`: of the address they came back with. */
  arrive(answer: URLSearchParams, state: string, leaving: object): Promise<Arrived>;
}

/** What a session by the provider stands under in place of a passkey's public key. */
export const providerKey = (subject: string): string => `oidc:${subject}`;

/** Whether whoever entered under this key is still the person of this name. */
export const isStillIn = ({ passkeys = [], subject }: Approver, key: string): boolean =>
  passkeys.some((passkey) => passkey.key === key) || (subject !== undefined && providerKey(subject) === key);

export const isByProvider = (key: string): boolean => key.startsWith("oidc:");
