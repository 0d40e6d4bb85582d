/** A channel of `notify:` as it was read. Apart from what reads it, so that a start which reads nothing loads no schemas. */

import type { Place } from "../policy/manifest.ts";
import type { Language } from "../words/words.ts";
import { secretsIn } from "./template.ts";

/** Values with `${secret:NAME}` stay so here. */
export type ConfiguredTarget =
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string }
  /** The address is the credential, so all of it is one reference. */
  | { readonly kind: "slack" | "teams"; readonly url: string }
  | {
      readonly kind: "smtp";
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly login?: { readonly user: string; readonly password: string };
      readonly from: string;
      readonly to: string;
    };

export interface ConfiguredChannel {
  /** What it is configured as, by digest: whatever changes makes another channel of it. */
  readonly id: string;
  readonly name: string;
  /** Whose requests it is told of; empty: everybody's. */
  readonly groups: readonly string[];
  readonly language: Language;
  /** Whether its name may lead into a private network or to this machine. */
  readonly private: boolean;
  readonly target: ConfiguredTarget;
  readonly place: Place;
}

/** Names of the secrets that it needs. */
export function secretsOfChannel({ target }: ConfiguredChannel): readonly string[] {
  switch (target.kind) {
    case "webhook":
      return secretsIn(target.secret);
    case "slack":
    case "teams":
      return secretsIn(target.url);
    case "smtp":
      return [target.login?.user ?? "", target.login?.password ?? ""].flatMap(secretsIn);
  }
}
