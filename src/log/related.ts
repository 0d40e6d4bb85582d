/** Everything that the log holds of one call or one request: entries of all streams, and the bodies they speak of. */

import { open } from "node:fs/promises";
import { join } from "node:path";
import { readCode, requestCode } from "../approval/action.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { lineBatches } from "../audit/lines.ts";
import { bodiesFile } from "./names.ts";
import { idsOf, type Found } from "./found.ts";
import { bodyDigest } from "./body.ts";

/** `altered`: there, but not what the entry was written of. `not-kept`: only its digest was recorded, or it was pruned. */
export type Body =
  { readonly kind: "kept"; readonly text: string } | { readonly kind: "altered" } | { readonly kind: "not-kept" };

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

/** Bodies of one stream by digest, each held against the digest that was signed. */
export async function readBodies(
  dir: string,
  stream: string,
  digests: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Body>> {
  const found = new Map<string, Body>();
  for (const digest of digests) found.set(digest, { kind: "not-kept" });
  const file = await open(join(dir, bodiesFile(stream)), "r").catch(() => undefined);
  if (file === undefined) return found;
  for await (const batch of lineBatches(file.createReadStream())) {
    for (const { text } of batch) {
      const body = text === undefined ? undefined : parseBody(text);
      if (body === undefined || !digests.has(body.digest) || body.text === undefined) continue;
      const intact = bodyDigest(body.nonce, body.text) === body.digest;
      found.set(body.digest, intact ? { kind: "kept", text: body.text } : { kind: "altered" });
    }
  }
  return found;
}

/** A body kept as JSON: its bytes are what stands between, never what a parser makes of them. */
const AS_JSON = /^\{"d":"([0-9a-f]{64})","nonce":"([0-9a-f]{32})","json":(.*)\}$/s;

function parseBody(
  line: string,
): { readonly digest: string; readonly nonce: string; readonly text: string | undefined } | undefined {
  const [, own, under, json] = AS_JSON.exec(line) ?? [];
  if (own !== undefined && under !== undefined && json !== undefined) return { digest: own, nonce: under, text: json };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { d: digest, nonce, text } = value as Record<string, unknown>;
  if (typeof digest !== "string" || typeof nonce !== "string" || (text !== undefined && typeof text !== "string"))
    return undefined;
  return { digest, nonce, text };
}
