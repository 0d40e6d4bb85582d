/**
 * Goes on in a new stream where one has failed: counts what the failed one's file has, records again what did not get
 * there, and then what came meanwhile. Nothing is written to the failed file any more.
 */

import { join } from "node:path";
import type { EntryBody } from "../audit/entry.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import type { Follows } from "../audit/stream-entry.ts";
import { told } from "./cause.ts";
import { LedgerError } from "./ledger.ts";
import { entriesFile } from "./names.ts";
import { isRepeated, recoveredEntry } from "./recover.ts";
import { bodyLinesOf } from "./related.ts";
import type { SignedStream } from "./signed.ts";
import { survey, type Survey } from "./survey.ts";

export interface ReplaceParts {
  readonly dir: string;
  readonly bodiesKey: Buffer;
  /** Why the old one ended. */
  readonly reason: string;
  readonly now: () => number;
  readonly begin: () => Promise<SignedStream>;
  /** Entries that a new stream begins with. */
  readonly opening: (name: string, follows: Follows) => readonly EntryBody[];
  /** Gives what came meanwhile. From then on the new one takes everything. */
  readonly taken: (next: SignedStream) => readonly EntryBody[];
}

/** The leaf that ends the old one, once the new one is synced; undefined where its file is not what it was. */
export async function replaceFailed(old: SignedStream, parts: ReplaceParts): Promise<LedgerLeaf | undefined> {
  const found = await standing(old, parts.dir);
  const again = found === undefined ? [] : withLeave(old.stream.left(found.size)).filter(isRepeated);
  const bodies = await bodyLinesOf(parts.dir, old.name, again, parts.bodiesKey);
  const next = await parts.begin();
  // All in one turn.
  const { stream } = next;
  stream.adopt(bodies + old.stream.leftBodies());
  const open = found === undefined ? old.stream.inFlight : [];
  for (const entry of parts.opening(next.name, { stream: old.name, reason: parts.reason, open })) stream.record(entry);
  if (found !== undefined) stream.record(recoveredEntry(old.name, found, found.open, found.doubt));
  for (const entry of [...again, ...parts.taken(next)]) {
    // Of a call whose intent nobody has there is no outcome.
    if (entry.kind !== "call.outcome" || stream.inFlight.includes(entry.call)) stream.record(entry);
  }
  if (found === undefined) return undefined;
  const { size, root } = found;
  return { stream: old.name, size, root, state: "recovered", time: new Date(parts.now()).toISOString() };
}

/**
 * Without the intents of asked calls whose leave got there. Both are recorded in one turn, so it was a write that broke off
 * between them, and nothing was sent: where the leave is, no intent follows.
 */
function withLeave(entries: readonly EntryBody[]): readonly EntryBody[] {
  const leave = new Set<string>();
  return entries.filter((entry) => {
    if (entry.kind === "request.claimed" || entry.kind === "pass.used") leave.add(entry.call);
    return entry.kind !== "call.intent" || entry.why.effect === "allow" || leave.has(entry.call);
  });
}

/** What counts of the failed stream; undefined where entries are gone that were on the device. */
async function standing(
  { name, stream, lastLeaf }: SignedStream,
  dir: string,
): Promise<(Survey & { readonly doubt: string | undefined }) | undefined> {
  // Whoever ended it has said what was in it.
  if (stream.sealed?.error instanceof LedgerError && stream.sealed.error.code === "ended") return undefined;
  const isDurable = await stream.settle();
  const doubt = isDurable || stream.sealed === undefined ? undefined : told(stream.sealed);
  const path = join(dir, entriesFile(name));
  const found = await survey(path, lastLeaf, isDurable ? undefined : stream.durable);
  return "missing" in found || found.size < stream.durable ? undefined : { ...found, doubt };
}
