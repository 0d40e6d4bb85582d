/**
 * What is kept no longer goes: bodies out of their files, then whole streams. An entry says it, durably, before anything is
 * removed; after a crash in between it is done again. What a stream that stays leans on stays with it, so that nothing of
 * what is left becomes less proven. Knows no configuration.
 */

import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { LedgerLeaf } from "../audit/log.ts";
import type { Pruned } from "../audit/retention-entry.ts";
import { isAbsent } from "./error-code.ts";
import { openBodies, parseBody } from "./bodies.ts";
import { syncFolder } from "./disk.ts";
import { streamsIn } from "./files.ts";
import { bodiesFile, compressedFile, entriesFile } from "./names.ts";
import type { OpenLog } from "./open.ts";
import { packBodies, type PackParts } from "./pack.ts";
import { hasEnded, lastLeaves } from "./standing.ts";
import { bodiesSpokenOf, summaryOf, type StreamSummary } from "./summary.ts";

/** Until when what is older goes, ms since the epoch. */
export interface Limits {
  readonly entries: number;
  /** Of calls of a server; undefined: of those of which nobody knows whose they were. */
  readonly bodies: (server: string | undefined) => number;
  /** As the entries are to say it. */
  readonly rule: { readonly entries: string; readonly bodies: string };
}

export interface PruneParts extends PackParts {
  readonly log: Pick<OpenLog, "record" | "synced" | "stream" | "succeed">;
  readonly limits: Limits;
}

export interface BodiesGone {
  readonly count: number;
  readonly bytes: number;
}

/** Out of one ended stream. */
export async function pruneBodies(parts: PruneParts, stream: string): Promise<BodiesGone> {
  const { dir, key, log, limits } = parts;
  const nothing = { count: 0, bytes: 0 };
  const kept = await keptTexts(dir, stream, key);
  if (kept.size === 0) return nothing;
  const going = new Set(kept.keys());
  for await (const { ref, server, at } of bodiesSpokenOf(dir, stream))
    if (at >= limits.bodies(server)) going.delete(ref.digest);
  if (going.size === 0) return nothing;
  const bytes = [...going].reduce((sum, digest) => sum + (kept.get(digest) ?? 0), 0);
  log.record({ kind: "bodies.pruned", stream, count: going.size, bytes, rule: limits.rule.bodies });
  await log.synced();
  await packBodies(parts, stream, (digest) => !going.has(digest));
  return { count: going.size, bytes };
}

/** Bytes of each body whose text is there, by digest. */
async function keptTexts(dir: string, stream: string, key: Buffer | undefined): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const bodies = await openBodies(dir, stream, key);
  if (bodies.kind !== "open") return found;
  for await (const batch of bodies.lines) {
    for (const { text: line } of batch) {
      const body = line === undefined ? undefined : parseBody(line);
      if (body?.text !== undefined) found.set(body.digest, Buffer.byteLength(body.text));
    }
  }
  return found;
}

/** Entries with it stay readable, however many streams there are. */
const MOST_IN_ENTRY = 200;

/** By what was accepted verifiers know how long things had to be kept, whoever looks at it later. */
const accepts = ({ gives }: StreamSummary): boolean => [...gives].some((one) => one.startsWith("config "));

/** Gives the streams that were removed. */
export async function pruneStreams(parts: PruneParts): Promise<readonly string[]> {
  const { dir, log, limits } = parts;
  const leaves = await lastLeaves(dir);
  const names = await streamsIn(dir);
  // By the last signed leaf too: that is what a verifier reckons with.
  const isOld = ({ stream, last }: StreamSummary): boolean =>
    last !== undefined && Math.max(last, Date.parse(leaves.get(stream)?.time ?? "")) < limits.entries;
  const isEnded = (stream: string): boolean => stream !== log.stream && hasEnded(leaves.get(stream));
  // A name begins with the moment at which a stream was opened: nothing is read where none is old enough.
  const oldest = new Date(limits.entries).toISOString().slice(0, 10).replaceAll("-", "");
  if (!names.some((name) => isEnded(name) && name.slice(0, 8) <= oldest)) return [];

  const all: StreamSummary[] = [];
  for (const name of names) all.push(await summaryOf(dir, name));
  const going = unneeded(all, (one) => isEnded(one.stream) && isOld(one) && !accepts(one));
  if (going.length === 0) return [];
  const gone = new Map(going.flatMap((one) => goneWith(one, leaves.get(one.stream))).map((one) => [one.stream, one]));
  const said = [...gone.values()];
  for (let from = 0; from < said.length; from += MOST_IN_ENTRY)
    log.record({
      kind: "streams.pruned",
      streams: said.slice(from, from + MOST_IN_ENTRY),
      rule: limits.rule.entries,
    });
  // Signed before anything is gone: what stands under no leaf anybody may have written, and no verifier believes it.
  await log.succeed("streams pruned");
  for (const { stream } of going) {
    // Entries last: until they are gone, it is done again.
    for (const name of [bodiesFile(stream), compressedFile(stream), entriesFile(stream)])
      await unlink(join(dir, name)).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
      });
  }
  syncFolder(dir);
  return going.map(({ stream }) => stream);
}

/** It, and what only its entries said was removed before. */
function goneWith({ stream, last, pruned }: StreamSummary, leaf: LedgerLeaf | undefined): readonly Pruned[] {
  if (leaf === undefined || last === undefined) return pruned;
  return [...pruned, { stream, size: leaf.size, root: leaf.root, until: new Date(last).toISOString() }];
}

/** Those of `may` on which nothing leans that stays. */
function unneeded(all: readonly StreamSummary[], may: (one: StreamSummary) => boolean): readonly StreamSummary[] {
  let going = all.filter(may);
  for (;;) {
    const gone = new Set(going.map(({ stream }) => stream));
    const staying = all.filter(({ stream }) => !gone.has(stream));
    const [stays, needed] = [new Set(staying.map(({ stream }) => stream)), new Set<string>()];
    for (const { needs } of staying) for (const one of needs) needed.add(one);
    const next = going.filter(
      ({ gives, about }) => ![...gives].some((one) => needed.has(one)) && !about.some((stream) => stays.has(stream)),
    );
    if (next.length === going.length) return next;
    going = next;
  }
}
