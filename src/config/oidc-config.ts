/** `oidc:` of `console:`: the company's OpenID provider, and what membership in its groups stands for here. */

import * as z from "zod";
import type { Role } from "../approval/approver.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, say, strict, text } from "./shape.ts";
import { readTemplates, secretsIn, templateParts } from "./template.ts";
import type { Path } from "./yaml-place.ts";

/** What a group of the provider may be here at most; kidoban.yaml has to give it too. */
interface GroupMeaning {
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
}

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Name of a secret; left out for a public client. */
  readonly clientSecret?: string;
  /** Asked for beside `openid` and `offline_access`. */
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
  /** By the provider's names, as pairs; left out: the provider says only whether somebody is there. */
  readonly groups?: readonly (readonly [string, GroupMeaning])[];
}

const roles = z.array(z.enum(["owner", "approver", "operator", "auditor"]));

export const oidcSchema = strict({
  issuer: text.meta({ description: "Exactly as the provider writes it." }),
  client_id: text,
  client_secret: text.optional().meta({ description: "${secret:NAME}" }),
  scopes: z
    // RFC 6749 section 3.3, scope-token.
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, say("bad-scope")))
    .optional()
    .meta({ description: "Asked for beside openid and offline_access." }),
  groups_claim: text.optional().meta({ description: "`groups` when left out." }),
  groups: z
    .record(text, strict({ roles: roles.optional(), groups: z.array(id).optional() }))
    .optional()
    .meta({ description: "What the provider's groups stand for; kidoban.yaml has to give it to the approver too." }),
}).meta({
  description: "Log in through the company's OpenID provider; decisions are signed by passkeys all the same.",
});

export function readOidc(reading: Reading, path: Path, written: z.infer<typeof oidcSchema>): OidcConfig | undefined {
  const { yaml, problems } = reading;
  const { issuer, client_id: clientId, client_secret: secret, scopes = [], groups_claim: claim, groups } = written;
  const before = problems.length;
  if (!(URL.canParse(issuer) && /^https?:$/.test(new URL(issuer).protocol)))
    problems.push(problem("bad-issuer", {}, yaml.place([...path, "issuer"])));
  if (secret !== undefined) {
    const [part, ...more] = templateParts(secret);
    if (part?.kind !== "secret" || more.length > 0)
      problems.push(problem("oauth-secret", {}, yaml.place([...path, "client_secret"])));
    readTemplates(reading, path, { client_secret: secret });
  }
  if (problems.length > before) return undefined;
  const [clientSecret] = secretsIn(secret ?? "");
  return {
    issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    scopes,
    groupsClaim: claim ?? "groups",
    ...(groups === undefined
      ? {}
      : {
          groups: Object.entries(groups).map(
            ([name, { roles: as = [], groups: of = [] }]) => [name, { roles: as, groups: of }] as const,
          ),
        }),
  };
}
