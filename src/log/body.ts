/** The line of one body: its digest, the nonce that the digest needs, and its text where it is kept. Knows no entry. */

import { hash } from "node:crypto";
import type { BodyRef } from "../audit/entry.ts";
import { randomHex } from "../audit/random-hex.ts";
import type { Outbox } from "./outbox.ts";

/** sha256 over the nonce's 32 hex digits and the text, in UTF-8: what an entry says of a body. */
export const bodyDigest = (nonce: string, text: string): string => hash("sha256", nonce + text, "hex");

/** 16 random bytes, hex. */
export const freshNonce = randomHex(16);

const CLOSING = 0x7d;
export const NEWLINE = 0x0a;

const head = (digest: string, nonce: string): string => `{"d":"${digest}","nonce":"${nonce}"`;
const jsonHead = (digest: string, nonce: string): string => `${head(digest, nonce)},"json":`;
/** Between the beginning of the line and where the nonce is, when it is followed by the text at the text's place. */
const GAP = jsonHead(" ".repeat(64), "").length;

/** Up to here one text of the whole line takes less than its parts. */
const SHORT = 1024;

function addShortJson(outbox: Outbox, nonce: string, text: string): BodyRef {
  const start = outbox.length;
  const digest = bodyDigest(nonce, text);
  outbox.add(`${jsonHead(digest, nonce)}${text}}\n`);
  return { digest, bytes: outbox.length - start - GAP - nonce.length - "}\n".length };
}

/**
 * Says what a body is, as `bodyDigest` does, and leaves its line in the outbox; `keep` left out: leaves nothing. Nonce and
 * text are encoded and digested where a JSON text is kept; the line's head then takes the nonce's place.
 */
export function addBody(outbox: Outbox, nonce: string, text: string, keep?: boolean | "json"): BodyRef {
  if (keep === "json" && text.length <= SHORT) return addShortJson(outbox, nonce, text);
  const start = outbox.length;
  try {
    outbox.add(nonce, GAP);
    outbox.add(text);
    const digested = outbox.from(start + GAP);
    const ref = { digest: hash("sha256", digested, "hex"), bytes: digested.length - nonce.length };
    if (keep === "json") {
      outbox.put(start, jsonHead(ref.digest, nonce));
      outbox.addByte(CLOSING);
      outbox.addByte(NEWLINE);
    } else {
      outbox.cut(start);
      if (keep !== undefined)
        outbox.add(`${head(ref.digest, nonce)}${keep ? `,"text":${JSON.stringify(text)}` : ""}}\n`);
    }
    return ref;
  } catch (error) {
    // No room to be had: half a line must not wait for the next write.
    outbox.cut(start);
    throw error;
  }
}
