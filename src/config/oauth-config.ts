/** `oauth:` of a server: what `kidoban login` needs to know where the authorization server cannot be asked. */

import * as z from "zod";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { say, strict, text } from "./shape.ts";
import { readTemplates, templateParts } from "./template.ts";
import type { Path } from "./yaml-place.ts";

export interface OAuthConfig {
  /** As registered with the issuer, or the https URL of a client's metadata document. */
  readonly clientId?: string;
  /** `${secret:NAME}` and nothing else. */
  readonly clientSecret?: string;
  /** The only authorization server that may be used. */
  readonly issuer?: string;
  /** Asked for instead of what the server asks for. */
  readonly scopes?: readonly string[];
}

export const oauthSchema = strict({
  client_id: text.optional().meta({ description: "As registered with the issuer, or the https URL of its metadata." }),
  client_secret: text.optional().meta({ description: "${secret:NAME}" }),
  issuer: text.optional().meta({ description: "The only authorization server that may be used." }),
  scopes: z
    // RFC 6749 section 3.3, scope-token.
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, say("bad-scope")))
    .min(1, say("empty-list"))
    .optional()
    .meta({ description: "Asked for instead of what the server asks for." }),
});

/** A client id that is a URL of its own document means the same client everywhere (2026-07-28, client-registration). */
const isPortable = (clientId: string): boolean => clientId.startsWith("https://");

export function readOAuth(reading: Reading, path: Path, written: z.infer<typeof oauthSchema>): OAuthConfig {
  const { yaml, problems } = reading;
  const { client_id: clientId, client_secret: clientSecret, issuer, scopes } = written;
  const refuse = (code: "oauth-needs-issuer" | "oauth-needs-client" | "oauth-secret" | "bad-issuer", key: string) =>
    problems.push(problem(code, {}, yaml.place([...path, key])));
  // Otherwise whoever answers for the server could name an authorization server of his own and be given the secret.
  if (clientId !== undefined && issuer === undefined && !isPortable(clientId))
    refuse("oauth-needs-issuer", "client_id");
  if (issuer !== undefined && !(URL.canParse(issuer) && /^https?:$/.test(new URL(issuer).protocol)))
    refuse("bad-issuer", "issuer");
  if (clientSecret !== undefined) {
    const [part, ...more] = templateParts(clientSecret);
    if (part?.kind !== "secret" || more.length > 0) refuse("oauth-secret", "client_secret");
    if (clientId === undefined || isPortable(clientId)) refuse("oauth-needs-client", "client_secret");
    readTemplates(reading, path, { client_secret: clientSecret });
  }
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(scopes === undefined ? {} : { scopes }),
  };
}
