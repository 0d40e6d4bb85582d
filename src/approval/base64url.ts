/** base64url without padding (RFC 4648 section 5), read strictly: Buffer skips over what it does not know. Pure. */

/** The bytes, or undefined where `text` is not the one way to write them (section 3.5): what is signed has no second spelling. */
export function fromBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
