/** Reads `WWW-Authenticate: Bearer …` (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728 section 5.1). Pure. */

export interface Challenge {
  readonly resourceMetadata?: string;
  readonly scope?: string;
  readonly error?: string;
}

/** A scheme followed by its parameters, or by none. */
const SCHEME = /(?:^|,)\s*([A-Za-z][\w-]*)(?=\s+[\w-]+\s*=|\s*(?:,|$))/g;
const PARAMETER = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g;
/** Longer ones say nothing that is of use. */
const MAX_LENGTH = 8192;

/** The first Bearer challenge; undefined when there is none. */
export function bearerChallenge(header: string | null | undefined): Challenge | undefined {
  if (header === null || header === undefined || header.length > MAX_LENGTH) return undefined;
  // Quoted texts could imitate a scheme.
  const bare = header.replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) => `"${"x".repeat(quoted.length - 2)}"`);
  const schemes = [...bare.matchAll(SCHEME)];
  const at = schemes.findIndex((match) => match[1]?.toLowerCase() === "bearer");
  const start = schemes[at];
  if (start === undefined) return undefined;
  const part = header.slice(start.index, schemes[at + 1]?.index);
  const values = new Map<string, string>();
  for (const [, name = "", quoted, plain] of part.matchAll(PARAMETER))
    if (!values.has(name.toLowerCase()))
      values.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
  const [resourceMetadata, scope, error] = ["resource_metadata", "scope", "error"].map((name) => values.get(name));
  return {
    ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
    ...(scope === undefined ? {} : { scope }),
    ...(error === undefined ? {} : { error }),
  };
}
