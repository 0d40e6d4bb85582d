/** `kidoban report`: what agents did and how people decided, from the log. Recorded before it is written. */

import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { visibleLine } from "../approval/visible.ts";
import { gatherReport } from "../compose/report/gather.ts";
import { recordExport } from "../compose/report/record.ts";
import { systemCode } from "../config/error.ts";
import { findLog } from "../log/files.ts";
import type { Span } from "../report/count.ts";
import type { Report } from "../report/model.ts";
import { FORMATS, writeReport, type Format } from "../report/write.ts";
import { isZone, momentIn } from "../report/zone.ts";
import { en as logEn, ja as logJa } from "../words/log.ts";
import { en, ja } from "../words/report-commands.ts";
import type { Language } from "../words/words.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";
import { keyText } from "./log-key.ts";
import { noLog, type LogPlace } from "./log-place.ts";
import { pastMoment } from "./moment.ts";

export interface ReportOptions {
  readonly since?: string;
  readonly until?: string;
  readonly format?: string;
  readonly lang?: string;
  readonly out?: string;
  readonly log?: string;
  readonly key?: string;
  /** Commander's name for what `--no-verify` sets to false. */
  readonly verify?: boolean;
  readonly timeZone?: string;
}

export type ReportCommandWords = typeof en;
export const reportWords = ({ language }: Pick<Context, "language">): ReportCommandWords =>
  language === "ja" ? ja : en;

const isFormat = (word: string): word is Format => FORMATS.some((format) => format === word);
const isLanguage = (word: string): word is Language => word === "en" || word === "ja";

/** What is meant by the options, or the sentence that says what is wrong with them. */
function wanted(context: Context, options: ReportOptions) {
  const words = reportWords(context);
  const format = options.format ?? (context.json ? "json" : "html");
  if (!isFormat(format)) return words.badFormat(visibleLine(format), FORMATS.join(", "));
  const language = options.lang ?? context.language;
  if (!isLanguage(language)) return words.badLanguage(visibleLine(language));
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!isZone(timeZone)) return words.badZone(visibleLine(timeZone));
  const span = spanOf(context, options.since ?? "7d", options.until, timeZone);
  return typeof span === "string" ? span : { format, language, timeZone, span };
}

/** Dates are those of the zone; `until` left out: now. */
export function spanOf(context: Context, since: string, until: string | undefined, timeZone: string): Span | string {
  const log = context.language === "ja" ? logJa : logEn;
  const moment = (text: string | undefined): number | undefined =>
    (text === undefined ? undefined : momentIn(text, timeZone)) ?? pastMoment(text, context.now());
  const [from, to] = [moment(since), moment(until) ?? context.now()];
  if (from === undefined || Number.isNaN(from)) return log.badTime(visibleLine(since));
  if (Number.isNaN(to)) return log.badTime(visibleLine(until ?? ""));
  return from < to ? { from, until: to } : reportWords(context).badPeriod;
}

export async function run(context: Context, options: ReportOptions): Promise<ExitCode> {
  const { stateDir, configPath } = context;
  const wish = wanted(context, options);
  if (typeof wish === "string") return no(context, wish);
  const words = context.language === "ja" ? logJa : logEn;
  const place: LogPlace = { context, words, dir: options.log ?? join(stateDir, "log") };
  const log = await findLog(place.dir).catch((error: unknown) => noLog(place, error));
  if (typeof log === "number") return log;
  const given = options.key === undefined ? log.key : await keyText(options.key);
  if (given === undefined) return no(context, words.badKey(visibleLine(options.key ?? "")));
  const { format, language, timeZone, span } = wish;
  const report = await gatherReport({
    log,
    reading: { key: options.verify === false ? undefined : given, ownKey: options.key === undefined },
    span,
    timeZone,
    ...(options.log === undefined ? { stateDir } : {}),
    ...(configPath === undefined ? {} : { configPath }),
    now: context.now(),
  });
  const text = writeReport(report, format, language);
  if (options.log === undefined) {
    const digest = createHash("sha256").update(text).digest("hex");
    const { from, until } = report.period;
    await recordExport(context, { kind: "export.made", what: "report", digest, from, until });
  }
  return deliver(context, options.out, text, report);
}

async function deliver(context: Context, out: string | undefined, text: string, report: Report): Promise<ExitCode> {
  const words = reportWords(context);
  const { proof } = report.rests;
  if (out === undefined) context.terminal.out(text);
  else {
    const path = resolve(out);
    const failed = await writeFile(path, text, { mode: 0o600 }).then(
      () => undefined,
      (error: unknown) => systemCode(error) ?? "unknown error",
    );
    if (failed !== undefined) {
      context.terminal.err(`kidoban: ${words.cannotWrite(visibleLine(path), failed)}\n`);
      return EXIT.unavailable;
    }
    context.terminal.err(`${words.written(path)}\n`);
  }
  if (proof.kind !== "fault") return EXIT.ok;
  context.terminal.err(`kidoban: ${words.fault(visibleLine(proof.file), String(proof.line ?? ""))}\n`);
  return EXIT.found;
}
