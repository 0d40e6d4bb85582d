/** The bodies that entries speak of. */

import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { isIntact, openBodies, parseBody } from "./bodies.ts";

/**
 * `altered`: there, but not what the entry was written of. `not-kept`: only its digest was recorded, or it was pruned.
 * `locked`: there may be one, under a key that is not at hand.
 */
export type Body =
  | { readonly kind: "kept"; readonly text: string; readonly nonce: string }
  | { readonly kind: "altered" }
  | { readonly kind: "not-kept" }
  | { readonly kind: "locked" };

/** The bodies an entry speaks of. */
export function refsOf(body: EntryBody): readonly { readonly name: "args" | "result"; readonly ref: BodyRef }[] {
  if ("args" in body) return [{ name: "args", ref: body.args }];
  if ("result" in body && body.result !== undefined) return [{ name: "result", ref: body.result }];
  return [];
}

/** Bodies of one stream by digest, each held against the digest that was signed. `key`: see `openBodies`. */
export async function readBodies(
  dir: string,
  stream: string,
  digests: ReadonlySet<string>,
  key: Buffer | undefined,
): Promise<ReadonlyMap<string, Body>> {
  const bodies = await openBodies(dir, stream, key);
  const found = new Map<string, Body>();
  for (const digest of digests) found.set(digest, { kind: bodies.kind === "locked" ? "locked" : "not-kept" });
  if (bodies.kind !== "open") return found;
  for await (const batch of bodies.lines) {
    for (const { text } of batch) {
      const body = text === undefined ? undefined : parseBody(text);
      if (body === undefined || !digests.has(body.digest) || body.text === undefined) continue;
      found.set(
        body.digest,
        isIntact(body) ? { kind: "kept", text: body.text, nonce: body.nonce } : { kind: "altered" },
      );
    }
  }
  return found;
}
