/** `kidoban evidence` and `evidence check`: a period's population and a sample with proofs, as one zip; and whether it holds. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { redactor } from "../audit/redact.ts";
import { checkEvidence } from "../compose/evidence/check.ts";
import { pack } from "../compose/evidence/pack.ts";
import { snapshotOf, type Snapshot } from "../compose/evidence/snapshot.ts";
import { openState, type State } from "../compose/state.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import { systemCode } from "../config/error.ts";
import { redactionKey } from "../config/redaction-key.ts";
import { findLog } from "../log/files.ts";
import { readBodies } from "../log/related.ts";
import { writeZip, ZipSizeError } from "../log/zip-write.ts";
import type { Span } from "../report/count.ts";
import { isZone, momentIn, periodIn } from "../report/zone.ts";
import { en, ja, type EvidenceWords } from "../words/evidence.ts";
import { en as logEn, ja as logJa } from "../words/log.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { keyText } from "./log-key.ts";
import { reportWords } from "./report.ts";

export interface EvidenceOptions {
  readonly from?: string;
  readonly to?: string;
  readonly period?: string;
  readonly sample?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly timeZone?: string;
  readonly witness?: readonly string[];
}

const wordsOf = ({ language }: Context): EvidenceWords => (language === "ja" ? ja : en);
const MOST_SAMPLES = 1000;

/** The period, or the sentence that says what is wrong with it. */
function spanIn(context: Context, { from, to, period }: EvidenceOptions, timeZone: string): Span | string {
  const words = wordsOf(context);
  if (period !== undefined) return periodIn(period, timeZone) ?? words.badPeriod(visibleLine(period));
  if (from === undefined || to === undefined) return words.noPeriod;
  const [begin, end] = [momentIn(from, timeZone), momentIn(to, timeZone)];
  if (begin === undefined) return words.badTime(visibleLine(from));
  if (end === undefined) return words.badTime(visibleLine(to));
  return begin < end ? { from: begin, until: end } : reportWords(context).badPeriod;
}

export async function run(context: Context, options: EvidenceOptions): Promise<ExitCode> {
  const words = wordsOf(context);
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isZone(timeZone)) return no(context, reportWords(context).badZone(visibleLine(timeZone)));
  if (options.out === undefined) return no(context, words.noOut);
  const span = spanIn(context, options, timeZone);
  if (typeof span === "string") return no(context, span);
  const sample = Number(options.sample ?? "25");
  if (!Number.isSafeInteger(sample) || sample < 0 || sample > MOST_SAMPLES)
    return no(context, words.badSample(visibleLine(options.sample ?? "")));
  const dir = join(context.stateDir, "log");
  // Opened first: what dead processes left is settled, and stands in what is packed.
  const state = await openState(context.stateDir, { role: "tool", now: context.now });
  try {
    const snapshot = await snapshotOf(await findLog(dir));
    if (snapshot === undefined) return no(context, words.noCheckpoint(dir), EXIT.unavailable);
    return await write(context, options, { state, snapshot, span, timeZone, sample });
  } finally {
    await state.close("evidence");
  }
}

interface Wish {
  readonly state: State;
  readonly snapshot: Snapshot;
  readonly span: Span;
  readonly timeZone: string;
  readonly sample: number;
}

async function write(context: Context, options: EvidenceOptions, wish: Wish): Promise<ExitCode> {
  const { terminal, stateDir, language } = context;
  const { state, snapshot, span, timeZone, sample } = wish;
  const words = wordsOf(context);
  const path = resolve(options.out ?? "");
  const key = await findBodiesKey(stateDir);
  const zip = await writeZip(path).catch((error: unknown) => String(systemCode(error) ?? error));
  if (typeof zip === "string")
    return no(
      context,
      zip === "EEXIST" ? words.exists(visibleLine(path)) : words.cannotWrite(visibleLine(path), zip),
      zip === "EEXIST" ? EXIT.usage : EXIT.unavailable,
    );
  let isWhole = false;
  try {
    const packed = await pack(zip, {
      snapshot,
      span,
      timeZone,
      sample,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      language,
      cosignatures: options.witness ?? [],
      redact: redactor(await redactionKey(stateDir)),
      viewOf: async (id) => {
        const request = await state.store.request(id);
        return request?.removedAt === undefined ? request?.view : undefined;
      },
      bodiesOf: (stream, refs) =>
        readBodies(join(stateDir, "log"), stream, new Set(refs.map(({ digest }) => digest)), key),
    });
    await zip.close();
    const [from, until] = [span.from, span.until].map((at) => new Date(at).toISOString()) as [string, string];
    const by = context.env.user;
    state.log.record({ kind: "export.made", what: "evidence", digest: await digestOf(path), from, until, by });
    await state.log.synced();
    isWhole = true;
    if (context.json) terminal.out(`${JSON.stringify({ file: path, ...packed })}\n`);
    else {
      const { items, sample: drawn, seed } = packed;
      const early = seed.by === "chosen" && options.seed === undefined ? [words.noSeedYet] : [];
      const lines = [words.written(visibleLine(path), items, drawn), ...early, words.hint(visibleLine(path))];
      terminal.err(`${lines.join("\n")}\n`);
    }
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ZipSizeError)) throw error;
    return no(context, words.tooLarge(visibleLine(error.file)), EXIT.unavailable);
  } finally {
    // Nobody is to have what is not on record.
    if (!isWhole) {
      await zip.abandon().catch(() => undefined);
      await rm(path, { force: true });
    }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

export interface CheckEvidenceOptions {
  readonly key?: string;
}

/** Exit code 0 when the pack holds, 1 when it does not. */
export async function check(context: Context, file: string, options: CheckEvidenceOptions): Promise<ExitCode> {
  const words = wordsOf(context);
  const log = context.language === "ja" ? logJa : logEn;
  const key = options.key === undefined ? undefined : await keyText(options.key);
  if (options.key !== undefined && key === undefined) return no(context, log.badKey(visibleLine(options.key)));
  const verdict = await checkEvidence(resolve(file), key, context.now()).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  });
  if (verdict === undefined) return no(context, reportWords(context).cannotRead(visibleLine(file)), EXIT.unavailable);
  if (context.json) context.terminal.out(`${JSON.stringify(verdict)}\n`);
  else if (verdict.kind === "fits") {
    const { items, sample, seed, unchecked, digestsOnly } = verdict;
    const lines = [
      words.fits(items, sample),
      seed.by === "period" ? words.ownSeed : words.chosenSeed(visibleLine(seed.seed)),
      ...(digestsOnly === 0 ? [] : [words.digestsOnly(digestsOnly)]),
      ...(unchecked.length === 0 ? [] : [words.unchecked(unchecked.map(visibleLine).join(", "))]),
      ...(key === undefined ? [words.ownKey] : []),
    ];
    context.terminal.out(`${lines.join("\n")}\n`);
  } else {
    const { code, file: where, fault } = verdict;
    const place = where === undefined ? "" : `: ${visibleLine(where)}`;
    const line = fault?.line === undefined ? "" : `:${fault.line}`;
    context.terminal.out(`${words.faults[code]}${place}${line}\n`);
    if (fault !== undefined) context.terminal.out(`  ${log.faults[fault.code]}\n`);
  }
  return verdict.kind === "fits" ? EXIT.ok : EXIT.found;
}
