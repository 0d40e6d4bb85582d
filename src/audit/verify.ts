/**
 * Proves a log from its files and one public key: the checkpoint's signature, the ledger under it, every stream under the
 * ledger, every outcome to its intent, every approval to the statements behind it. Pure: no database, no network, no file;
 * streams are read once, in memory that does not grow with their calls, only with what people were asked.
 */

import { acceptanceProof } from "./acceptances.ts";
import { answerProof } from "./answers.ts";
import { openCheckpoint, type Checkpoint, type VerifierKey } from "./checkpoint.ts";
import { decisionProof, type StreamDecisions } from "./decisions.ts";
import { openArchives, type ConfigFile, type SqlLoader } from "./editions.ts";
import type { KeptBodies } from "./kept-body.ts";
import { lineBatches, type Chunks } from "./lines.ts";
import { pairAcross } from "./across.ts";
import type { LedgerLeaf } from "./log.ts";
import { earlyBodies, missingStream, type KeptAt } from "./pruned.ts";
import type { Fault, StreamFacts } from "./fault.ts";
import { follow, rotationsIn } from "./rotation.ts";
import { neverHad, readLedgerFile, type LedgerFacts } from "./verify-ledger.ts";
import { verifyStream } from "./verify-stream.ts";

export interface LogFiles {
  /** The signed checkpoint, whole. */
  readonly checkpoint: string;
  readonly ledger: Chunks;
  /** Named by their files, without the ending. */
  readonly streams: readonly StreamFile[];
  readonly configs: readonly ConfigFile[];
  /** The file of replaced keys: see rotation.ts; left out: none was. */
  readonly rotations?: string;
}

export interface StreamFile {
  readonly stream: string;
  readonly chunks: Chunks;
  /**
   * Bytes that stood there before the ledger was read; left out: all. What a live process wrote since may have seen more of
   * the ledger than was read, so it is left for the next time, unless the ledger speaks of it already.
   */
  readonly settled?: number;
  /** How many there are, where that is known; for whoever tells how far it has come. */
  readonly bytes?: number;
  /** What is kept beside it and can be read; left out: nothing. */
  readonly bodies?: KeptBodies;
}

export interface VerifyOptions {
  /** A checkpoint of this log that was kept elsewhere: what it covers must still be there. */
  readonly kept?: string;
  /** Left out: conditions over SQL have no answer. */
  readonly sql?: SqlLoader;
  /** Ms: what is said to have been removed later than this was not. Left out: nothing is too late. */
  readonly now?: number;
}

export interface Summary {
  readonly origin: string;
  readonly checkpoint: Checkpoint;
  /** Time of the last signed leaf. */
  readonly signedAt: string | undefined;
  readonly streams: number;
  /** Streams that were removed after their time, as entries say that are here. */
  readonly pruned: number;
  readonly entries: number;
  /** Entries that are not yet under a signed checkpoint. */
  readonly unsigned: number;
  /** Bytes after the last whole entry of streams whose process died or is writing. */
  readonly torn: number;
  /** Streams that nobody has closed: of live processes, or of dead ones not yet recovered. */
  readonly open: readonly string[];
  /** Calls whose outcome is not there yet, in those streams. */
  readonly inFlight: number;
  /** Calls whose outcome nobody knows. */
  readonly unknown: number;
  /** Answers of approvers whose signature fits the key in them, and how many of them were made with a passkey. */
  readonly statements: number;
  readonly passkeys: number;
  /** Decisions that were made again and came out as recorded, and those that could not be made again. */
  readonly reconsidered: number;
  readonly unsettled: number;
  /** Of those, writes that ran without anybody having been asked. */
  readonly unproven: number;
}

export type Verdict =
  { readonly kind: "proven"; readonly summary: Summary } | { readonly kind: "fault"; readonly fault: Fault };

const fault = (fault: Fault): Verdict => ({ kind: "fault", fault });

/** Gives the first fault with its place, or what was proven. `key` as `verifierText` writes it; reading errors are thrown on. */
export async function verifyLog(files: LogFiles, key: string, options: VerifyOptions = {}): Promise<Verdict> {
  const { rotations = "" } = files;
  const followed = follow(rotations, key);
  if (followed === undefined) return fault({ code: "key", file: "key" });
  if ("broken" in followed) return fault({ code: "rotation", file: "rotations", line: followed.broken });
  const verifier = followed.keys.at(-1) ?? followed.keys[0];
  const checkpoint = openCheckpoint(files.checkpoint, verifier);
  if ("refused" in checkpoint) return fault({ code: checkpoint.refused, file: "checkpoint", line: 1 });

  const kept = options.kept === undefined ? undefined : openKept(options.kept, followed.keys);
  if (kept !== undefined && "refused" in kept) return fault({ code: kept.refused, file: "kept", line: 1 });

  const ledger = await readLedgerFile(files.ledger, checkpoint, kept);
  if ("fault" in ledger) {
    // A changed leaf breaks only the root over all; which one it was, the stream that it speaks of can often tell.
    const better =
      ledger.ledger === undefined ? undefined : await firstDisagreement(files, ledger.ledger, checkpoint.origin);
    return fault(better ?? ledger.fault);
  }
  const unlike = neverHad(ledger.ledger, followed.rotations);
  if (unlike !== undefined)
    return fault({ code: "rotation", file: "rotations", line: followed.rotations.indexOf(unlike) + 1 });
  return verifyStreams(files, ledger.ledger, checkpoint, verifier, options);
}

/** By whichever of these keys was the log's when it was kept. */
export function openKept(
  note: string,
  keys: readonly [VerifierKey, ...VerifierKey[]],
): ReturnType<typeof openCheckpoint> {
  const opened = keys.map((key) => openCheckpoint(note, key));
  return opened.find((each) => !("refused" in each)) ?? openCheckpoint(note, keys[0]);
}

async function verifyStreams(
  files: LogFiles,
  ledger: LedgerFacts,
  checkpoint: Checkpoint,
  verifier: VerifierKey,
  { sql = async () => new Map(), now = Infinity }: VerifyOptions,
): Promise<Verdict> {
  const byName = new Map(files.streams.map((file) => [file.stream, file]));
  const seen: StreamFacts[] = [];
  /** Not here, with what the ledger signed of them last. */
  const gone = new Map<string, LedgerLeaf | undefined>();
  const answers = answerProof();
  const acceptances = acceptanceProof();
  const archives = openArchives(files.configs);
  const decisions = decisionProof(archives, sql);
  for (const [stream, leaves] of ledger.streams) {
    const file = byName.get(stream);
    if (file === undefined) {
      gone.set(stream, leaves.at(-1)?.leaf);
      continue;
    }
    const result = await verifyStream(stream, file.chunks, leaves, {
      origin: verifier.name,
      ledgerLines: ledger.lines,
      settled: file.settled,
      answers,
      acceptances,
      decisions: decisions.stream(stream, file.bodies),
    });
    if (result.kind === "fault") return fault(result.fault);
    seen.push(result.facts);
  }
  const keptAt: KeptAt = (at) => acceptances.keptAt(archives, at);
  const missing = await missingStream(gone, seen, now, keptAt);
  if (missing !== undefined) return fault(missing);
  for (const { stream, chunks } of files.streams) {
    // An empty file is the moment between creating it and opening the stream in the ledger.
    if (!ledger.streams.has(stream) && !(await isEmpty(chunks)))
      return fault({ code: "stream-unknown", file: stream, line: 1 });
  }
  const unpaired = pairAcross(seen, new Set(gone.keys()));
  if (unpaired !== undefined) return fault(unpaired);
  const settledUntil = answers.settledUntil(seen.some((facts) => facts.end === "open"));
  const unanswered = answers.end(settledUntil, decisions.grounds);
  if (unanswered !== undefined) return fault(unanswered);
  const unseen = neverHad(ledger, answers.seen());
  if (unseen !== undefined) return fault({ code: "statement-seen", file: unseen.stream, line: unseen.line });
  const unaccepted =
    (await acceptances.rotation(rotationsIn(files.rotations ?? ""), archives)) ??
    (await acceptances.end(archives, settledUntil)) ??
    (await earlyBodies(seen, ledger.streams, keptAt)) ??
    decisions.fault();
  if (unaccepted !== undefined) return fault(unaccepted);
  const sum = (pick: (facts: StreamFacts) => number): number => seen.reduce((total, facts) => total + pick(facts), 0);
  const open = seen.filter((facts) => facts.end === "open");
  return {
    kind: "proven",
    summary: {
      origin: checkpoint.origin,
      checkpoint,
      signedAt: ledger.signedAt,
      streams: seen.length,
      pruned: gone.size,
      entries: sum((facts) => facts.entries),
      unsigned: sum((facts) => facts.entries - facts.signed),
      torn: sum((facts) => facts.torn),
      open: open.map((facts) => facts.stream),
      inFlight: new Set(open.flatMap((facts) => [...facts.inFlight.keys()])).size,
      unknown: sum((facts) => facts.unknown),
      ...answers.facts(),
      ...decisions.facts(),
    },
  };
}

async function isEmpty(chunks: Chunks): Promise<boolean> {
  for await (const _ of lineBatches(chunks)) return false;
  return true;
}

const NO_DECISIONS: StreamDecisions = {
  take: () => undefined,
  settle: async () => undefined,
  end: async () => undefined,
};

/** The first ledger line that the stream it speaks of contradicts, although the stream's own chain holds. */
async function firstDisagreement(files: LogFiles, ledger: LedgerFacts, origin: string): Promise<Fault | undefined> {
  const byName = new Map(files.streams.map((file) => [file.stream, file]));
  let first: Fault | undefined;
  for (const [stream, leaves] of ledger.streams) {
    const file = byName.get(stream);
    const own =
      file === undefined
        ? leaves[0]?.line
        : await verifyStream(stream, file.chunks, leaves, {
            origin,
            ledgerLines: ledger.lines,
            settled: file.settled,
            answers: answerProof(),
            acceptances: acceptanceProof(),
            decisions: NO_DECISIONS,
          }).then((result) =>
            result.kind === "fault" && result.fault.leafLine !== undefined ? result.fault.leafLine : undefined,
          );
    if (own !== undefined && (first?.line === undefined || own < first.line))
      first = { code: "leaf-changed", file: "ledger", line: own };
  }
  return first;
}
