/** Bodies against what entries say of them: for who has the key. That the entries are what was signed is shown elsewhere. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openArchives } from "../audit/editions.ts";
import type { ConfigRef } from "../audit/entry.ts";
import { parseLedgerLine } from "../audit/leaf.ts";
import type { Target } from "../audit/parts.ts";
import { keepsBodies, type Recording } from "../audit/recording.ts";
import { isIntact, openBodies, parseBody } from "./bodies.ts";
import { configsIn, streamsIn } from "./files.ts";
import { own } from "./found.ts";
import { LEDGER_FILE } from "./mirror.ts";
import { keptWith } from "./related.ts";
import { entriesOf } from "./summary.ts";

export interface BodiesChecked {
  /** That are what an entry was written of. */
  readonly intact: number;
  /** Of which entries speak and that are not there: never kept, pruned, or taken away. */
  readonly absent: number;
  /** Of those, what the configurations in force had kept, and of which no entry says that it was removed. */
  readonly missing: number;
  /** Of which no entry speaks: their process died in between. */
  readonly extra: number;
  /** Streams into whose bodies nobody can look without the key that they were kept under. */
  readonly locked: readonly string[];
  /** The first that is not what its digest says, or no body at all; lines count from 1. */
  readonly altered: { readonly stream: string; readonly line: number } | undefined;
}

/** Of all streams of a folder. `key`: see `openBodies`. */
export async function checkBodies(dir: string, key: Buffer | undefined): Promise<BodiesChecked> {
  let [intact, absent, extra] = [0, 0, 0];
  const locked: string[] = [];
  const lacking = new Map<string, number>();
  const removed = new Map<string, number>();
  const surely = await flushedIn(dir);
  const recordings = await recordingsIn(dir);
  for (const stream of await streamsIn(dir)) {
    const { spoken, kept } = await spokenIn(dir, stream, surely.get(stream) ?? 0, recordings, removed);
    const bodies = await openBodies(dir, stream, key);
    if (bodies.kind === "locked") {
      locked.push(stream);
      continue;
    }
    let line = 0;
    for await (const batch of bodies.kind === "open" ? bodies.lines : []) {
      for (const { text = "", ended } of batch) {
        line++;
        const body = parseBody(text);
        // A write that a process did not live to finish.
        if (body === undefined && !ended) continue;
        if (body === undefined || !isIntact(body)) {
          if (bodies.kind === "open") await bodies.close();
          return { intact, absent, missing: 0, extra, locked, altered: { stream, line } };
        }
        if (body.text === undefined) continue;
        kept.delete(body.digest);
        if (spoken.delete(body.digest)) intact++;
        else extra++;
      }
    }
    absent += spoken.size;
    if (kept.size > 0) lacking.set(stream, kept.size);
  }
  const missing = [...lacking].reduce(
    (sum, [stream, count]) => sum + Math.max(0, count - (removed.get(stream) ?? 0)),
    0,
  );
  return { intact, absent, missing, extra, locked, altered: undefined };
}

/**
 * Entries of each stream whose bodies were flushed before they were signed. Of a dead process's stream only what it had
 * signed itself: what came later may have lost its body with the process.
 */
async function flushedIn(dir: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const line of (await readFile(join(dir, LEDGER_FILE), "utf8")).split("\n")) {
    const leaf = parseLedgerLine(line);
    if (leaf !== undefined && leaf.state !== "recovered") sizes.set(leaf.stream, leaf.size);
  }
  return sizes;
}

type Recordings = ReadonlyMap<string, Recording>;

async function recordingsIn(dir: string): Promise<(ref: ConfigRef) => Promise<Recordings>> {
  const archives = openArchives(await configsIn(dir));
  return async (ref) => {
    const archived = await archives.read(ref);
    return new Map(typeof archived === "string" ? [] : archived.recordings);
  };
}

/** Digests that a stream speaks of, and those whose bodies had to be kept; counts what it says was removed, by stream. */
async function spokenIn(
  dir: string,
  stream: string,
  flushed: number,
  recordingsOf: (ref: ConfigRef) => Promise<Recordings>,
  removed: Map<string, number>,
) {
  const [spoken, kept] = [new Set<string>(), new Set<string>()];
  const targets = new Map<string, Target>();
  let inForce: readonly Recordings[] = [];
  for await (const { body, n } of entriesOf(dir, stream)) {
    if (body.kind === "bodies.pruned") removed.set(body.stream, (removed.get(body.stream) ?? 0) + body.count);
    if (body.kind === "config.applied") {
      const refs = [body.accepted, ...(body.proposed === undefined ? [] : [body.proposed])];
      inForce = await Promise.all(refs.map(recordingsOf));
    }
    const { call, target } = own(body);
    if (call !== undefined && target !== undefined) targets.set(call, target);
    const of = target ?? (call === undefined ? undefined : targets.get(call));
    // Several configurations may be in force: a body is kept where any of them keeps it.
    const keeps = of !== undefined && inForce.some((each) => isKept(each.get(of.server), of));
    for (const ref of keptWith(body)) {
      spoken.add(ref.digest);
      if (keeps && n < flushed && ref.bytes > 0) kept.add(ref.digest);
    }
    if (body.kind === "call.outcome") targets.delete(body.call);
  }
  return { spoken, kept };
}

const isKept = (recording: Recording | undefined, of: Target): boolean =>
  recording !== undefined && keepsBodies(recording, of);
