/** The bodies that entries speak of. */

import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { isIntact, openBodies, parseBody, type Bodies } from "./bodies.ts";

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

/** All that were kept with an entry, what stood before a change among them. */
export const keptWith = (body: EntryBody): readonly BodyRef[] => [
  ...refsOf(body).map(({ ref }) => ref),
  ...("before" in body && typeof body.before === "object" ? [body.before] : []),
];

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
  for await (const { body } of among(bodies, digests)) {
    const { digest, nonce, text } = body;
    if (text !== undefined) found.set(digest, isIntact(body) ? { kind: "kept", text, nonce } : { kind: "altered" });
  }
  return found;
}

/** Those with these digests, each with its line. */
async function* among(bodies: Bodies, digests: ReadonlySet<string>) {
  for await (const batch of bodies.kind === "open" ? bodies.lines : []) {
    for (const { text: line = "" } of batch) {
      const body = parseBody(line);
      if (body !== undefined && digests.has(body.digest)) yield { line, body };
    }
  }
}

/**
 * Lines of what was kept with entries of a stream that are recorded again in another: it goes with them, since a body is
 * looked for in its entry's own stream. Of what cannot be read there is none.
 */
export async function bodyLinesOf(
  dir: string,
  stream: string,
  entries: readonly EntryBody[],
  key: Buffer | undefined,
): Promise<string> {
  const digests = new Set(entries.flatMap(keptWith).map(({ digest }) => digest));
  let lines = "";
  if (digests.size === 0) return lines;
  try {
    const bodies = await openBodies(dir, stream, key);
    for await (const { line, body } of among(bodies, digests)) {
      if (isIntact(body) && digests.delete(body.digest)) lines += `${line}\n`;
    }
  } catch {
    // The device that failed may not give them back either; the entries are recorded all the same.
  }
  return lines;
}
