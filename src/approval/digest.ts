/** Digests over canonical JSON. Pure. */

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** JCS text (RFC 8785). Throws TypeError for what is not JSON, Error for lone surrogates and numbers JSON cannot hold. */
export function canonical(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("only a JSON value has a canonical form");
  return text;
}

/** sha256 over the JCS bytes, hex. */
export const digestOf = (value: object): string => createHash("sha256").update(canonical(value)).digest("hex");
