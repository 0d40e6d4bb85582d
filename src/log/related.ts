/** Everything that the log holds of one call or one request: entries of all streams, and the bodies they speak of. */

import { readCode, requestCode } from "../approval/action.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { isIntact, openBodies, parseBody } from "./bodies.ts";
import { idsOf, type Found } from "./found.ts";

/**
 * `altered`: there, but not what the entry was written of. `not-kept`: only its digest was recorded, or it was pruned.
 * `locked`: there may be one, under a key that is not at hand.
 */
export type Body =
  | { readonly kind: "kept"; readonly text: string }
  | { readonly kind: "altered" }
  | { readonly kind: "not-kept" }
  | { readonly kind: "locked" };

/** By full id, or by the short code of a request. Entries are linked through every call and request they name. */
export function related(all: readonly Found[], idOrCode: string): readonly Found[] {
  const code = readCode(idOrCode);
  const ids = new Set([idOrCode]);
  if (code !== undefined) {
    for (const { entry } of all) {
      const { body } = entry;
      if (body.kind === "request.opened" && requestCode(body.action, body.nonce) === code) ids.add(body.request);
    }
  }
  // A call leads to its request, and that to the calls which joined it: until nothing new is named.
  for (let known = 0; known < ids.size;) {
    known = ids.size;
    for (const { entry } of all) {
      const named = idsOf(entry.body);
      if (named.some((id) => ids.has(id))) for (const id of named) ids.add(id);
    }
  }
  return all.filter(({ entry }) => idsOf(entry.body).some((id) => ids.has(id)));
}

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
      found.set(body.digest, isIntact(body) ? { kind: "kept", text: body.text } : { kind: "altered" });
    }
  }
  return found;
}
