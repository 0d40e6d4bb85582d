/** What an approval is bound to: the digest that joins identical calls, and the short code people read out. Pure. */

import { createHash } from "node:crypto";
import type { Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { digestOf } from "./digest.ts";

/** Everything that makes two calls the same one. `definition` is its digest, hex. */
export interface Action {
  readonly v: 1;
  readonly agent: string;
  readonly server: string;
  readonly endpoint: string;
  readonly kind: Kind;
  readonly name: string;
  readonly definition: string;
  readonly arguments: JsonObject;
}

/** sha256 over the JCS bytes (RFC 8785), hex: the order of members does not matter, every value does. */
export const actionDigest = (action: Action): string => digestOf(action);

/** Crockford's base32: no I, L, O, U, so that a code can be read out and typed back. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A short code such as `K7Q-2FD`: 30 bits of sha256(action ‖ nonce). Both sides read it out to find the same request.
 * It grants nothing; two live requests may share one, and then neither is found by it.
 */
export function requestCode(action: string, nonce: string): string {
  const bytes = createHash("sha256").update(`${action}\n${nonce}`).digest();
  const bits = bytes.readUInt32BE(0);
  const symbols = Array.from({ length: 6 }, (_, index) => ALPHABET[(bits >>> (27 - 5 * index)) & 31]);
  return `${symbols.slice(0, 3).join("")}-${symbols.slice(3).join("")}`;
}

/** What a person typed as the code it means; undefined when it can be none. Reads O as 0, I and L as 1. */
export function readCode(typed: string): string | undefined {
  const symbols = typed.trim().toUpperCase().replaceAll("-", "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{6}$/.test(symbols) ? `${symbols.slice(0, 3)}-${symbols.slice(3)}` : undefined;
}
