/** What the console hands out and knows again without keeping it: random values, their digests, tokens bound to them. */

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 bits, base64url. */
export const randomSecret = (): string => randomBytes(32).toString("base64url");

export const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export interface TokenMaker {
  /** Good for this visit alone. */
  tokenFor(visit: string): string;
  isTokenFor(visit: string, token: string): boolean;
}

/** Tokens under a key that ends with this process. */
export function tokenMaker(): TokenMaker {
  const key = randomBytes(32);
  const tokenFor = (visit: string): string => createHmac("sha256", key).update(visit).digest("base64url");
  return {
    tokenFor,
    isTokenFor(visit, token) {
      const [known, given] = [tokenFor(visit), token].map((each) => Buffer.from(each));
      return known !== undefined && given?.length === known.length && timingSafeEqual(known, given);
    },
  };
}
