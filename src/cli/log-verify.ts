/** `kidoban log verify`: offline, from files and a public key. Exit code 0 when the log is proven, 1 with the first fault. */

import { readFile, stat } from "node:fs/promises";
import pc from "picocolors";
import { visibleLine } from "../approval/visible.ts";
import { cosignedAt } from "../audit/cosignature.ts";
import { epochsIn } from "../audit/epochs.ts";
import type { Fault } from "../audit/fault.ts";
import { verifyLog, type Summary } from "../audit/verify.ts";
import { findBodiesKey, readBodiesKey } from "../config/bodies-key.ts";
import { readersFor } from "../compose/archived-sql.ts";
import { checkBodies, type BodiesChecked } from "../log/check-bodies.ts";
import { findLog } from "../log/files.ts";
import { bodiesFile } from "../log/names.ts";
import { en, ja } from "../words/witness.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { epochLines } from "./log-epochs.ts";
import { believedIn, stampsSaid } from "./log-stamps.ts";
import { keyText } from "./log-key.ts";
import { misused, noLog, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { localTime } from "../log/told.ts";
import { withProgress } from "./progress.ts";
import { parseCard } from "./log-witness.ts";

export async function verify(
  place: LogPlace,
  { path, key: givenKey, checkpoint, witness, bodiesKey: keyFile, tsaCa }: LogOptions,
): Promise<ExitCode> {
  const { context, words, dir } = place;
  const bodiesKey = await (keyFile === undefined ? findBodiesKey(context.stateDir) : readBodiesKey(keyFile));
  if (keyFile !== undefined && bodiesKey === undefined) return unreachable(place, words.noFile(keyFile));
  const log = await findLog(path ?? dir, bodiesKey).catch((error: unknown) => noLog(place, error));
  if (typeof log === "number") return log;
  const key = givenKey === undefined ? log.key : await keyText(givenKey);
  if (key === undefined) return misused(place, words.badKey(givenKey ?? ""));
  const trusted = await believedIn(place, tsaCa);
  if (typeof trusted === "string") return misused(place, trusted);
  const witnessed =
    witness === undefined ? undefined : await readFile(witness, "utf8").then(parseCard, () => undefined);
  const proofs = context.language === "ja" ? ja : en;
  if (witness !== undefined && witnessed === undefined) return misused(place, proofs.badWitness(witness));
  const cosigned = witnessed === undefined ? undefined : cosignedAt(witnessed.note, witnessed.witness);
  if (cosigned !== undefined && "refused" in cosigned) {
    context.terminal.out(`${proofs.notCosigned}\n`);
    return EXIT.found;
  }
  const kept =
    witnessed !== undefined
      ? witnessed.note
      : checkpoint === undefined
        ? undefined
        : await readFile(checkpoint, "utf8").catch(() => null);
  if (kept === null) return unreachable(place, words.noFile(checkpoint ?? ""));

  const progress = withProgress(log.files, context.terminal);
  const options = { sql: readersFor, now: context.now(), ...(kept === undefined ? {} : { kept }) };
  const verdict = await verifyLog(progress.files, key, options).finally(progress.end);
  // Of a log that is not proven nothing is believed, but that it announces what was found.
  const whole =
    verdict.kind === "proven" || kept === undefined
      ? verdict
      : await verifyLog(log.files, key, { sql: readersFor, now: context.now() });
  const epochs = whole.kind === "proven" ? await epochsIn(log.files) : [];
  const folder = path ?? dir;
  const bodies =
    verdict.kind === "proven" && (await stat(folder)).isDirectory() ? await checkBodies(folder, bodiesKey) : undefined;
  const stamps =
    verdict.kind === "proven"
      ? await stampsSaid(place, log, { key, size: verdict.summary.checkpoint.size }, trusted)
      : undefined;
  if (context.json) {
    const more = { ...(epochs.length > 0 && { epochs }), ...(bodies && { bodies }), stamps: stamps?.json };
    context.terminal.out(`${JSON.stringify({ ...verdict, key, ...more })}\n`);
  } else if (verdict.kind === "fault") context.terminal.out(faultText(place, verdict.fault));
  else {
    context.terminal.out(provenText(place, verdict.summary, givenKey === undefined));
    if (witnessed !== undefined && cosigned !== undefined)
      context.terminal.out(`  ${proofs.witnessed(visibleLine(witnessed.witness.name), localTime(cosigned.at))}\n`);
  }
  if (!context.json) context.terminal.out(epochLines(place, epochs));
  // The key is the state's, found unasked: an export beside it was never meant to have what it opens.
  const isExport = path !== undefined && keyFile === undefined && bodies !== undefined && hasNone(bodies);
  if (bodies !== undefined && !context.json) context.terminal.out(bodiesText(place, bodies, isExport));
  if (stamps !== undefined && !context.json) context.terminal.out(stamps.text);
  const isWhole = bodies?.altered === undefined && ((bodies?.missing ?? 0) === 0 || isExport);
  return stamps?.isRight === true && isWhole ? EXIT.ok : EXIT.found;
}

const hasNone = ({ intact, extra, locked, altered }: BodiesChecked): boolean =>
  intact + extra + locked.length === 0 && altered === undefined;

function bodiesText(
  { context, words }: LogPlace,
  { intact, missing, locked, altered }: BodiesChecked,
  isExport: boolean,
): string {
  const { red, bold } = pc.createColors(context.terminal.color);
  const lines = intact > 0 ? [`  ${words.bodiesIntact(intact)}`] : [];
  if (locked.length > 0) lines.push(`  ${words.bodiesLocked(locked.length)}`);
  if (missing > 0 && isExport) lines.push(`  ${words.bodiesLeft(missing)}`);
  else if (missing > 0) lines.push(red(bold(`  ${words.bodiesMissing(missing)}`)));
  if (altered !== undefined)
    lines.push(red(bold(words.faultAt(bodiesFile(altered.stream), altered.line, undefined))), `  ${words.bodyAltered}`);
  return lines.map((line) => `${line}\n`).join("");
}

function faultText({ context, words }: LogPlace, { code, file, line, from, expected, found }: Fault): string {
  const { red, bold } = pc.createColors(context.terminal.color);
  const lines = [red(bold(words.faultAt(visibleLine(file), line, from))), `  ${words.faults[code]}`];
  if (expected !== undefined && found !== undefined)
    lines.push(`  ${words.foundInstead(visibleLine(expected), visibleLine(found))}`);
  else if (found !== undefined) lines.push(`  ${visibleLine(found)}`);
  return `${lines.join("\n")}\n`;
}

function provenText({ context, words }: LogPlace, summary: Summary, ownKey: boolean): string {
  const { green, bold, dim } = pc.createColors(context.terminal.color);
  const { streams, pruned, entries, signedAt, checkpoint, unsigned, open, inFlight, torn, unknown } = summary;
  const { statements, passkeys, reconsidered, unsettled, unproven } = summary;
  const lines = [green(bold(words.proven)), `  ${words.provenFacts(streams, entries)}`];
  if (signedAt !== undefined) lines.push(`  ${words.signedAt(localTime(Date.parse(signedAt)), checkpoint.size)}`);
  if (unsigned > 0) lines.push(`  ${words.unsigned(unsigned)}`);
  if (open.length > 0) lines.push(`  ${words.stillOpen(open.length, inFlight)}`);
  if (pruned > 0) lines.push(`  ${words.pruned(pruned)}`);
  if (torn > 0) lines.push(`  ${words.tornBytes(torn)}`);
  if (unknown > 0) lines.push(`  ${words.unknownOutcomes(unknown)}`);
  if (statements > 0) lines.push(`  ${words.answersFit(statements, passkeys)}`);
  if (reconsidered > 0) lines.push(`  ${words.reconsidered(reconsidered)}`);
  if (unsettled > 0) lines.push(`  ${words.unsettled(unsettled)}`);
  if (unproven > 0) lines.push(`  ${words.unproven(unproven)}`);
  if (ownKey) lines.push(dim(`  ${words.ownKey}`));
  return `${lines.join("\n")}\n`;
}
