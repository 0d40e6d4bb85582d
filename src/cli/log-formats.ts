/** `kidoban log export --format`: entries as other systems take them, to stdout. What proves the log is the other export. */

import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { VERSION } from "../compose/version.ts";
import { csvHead, csvLine } from "../log/formats/csv.ts";
import { ocsfLine } from "../log/formats/ocsf.ts";
import { otelLine } from "../log/formats/otel.ts";
import { plainOf } from "../log/formats/plain.ts";
import { syslogLine } from "../log/formats/syslog.ts";
import type { Found } from "../log/found.ts";
import { logReader } from "../log/read.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { filterOf } from "./log-query.ts";

const FORMATS = ["ocsf", "csv", "syslog", "otel"] as const;
type Format = (typeof FORMATS)[number];

const isFormat = (word: string): word is Format => FORMATS.some((format) => format === word);

/** Records of one OTLP export request: collectors refuse what is larger than some MiB. */
const OTEL_BATCH = 500;

export async function exportAs(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words, dir } = place;
  const { format = "" } = options;
  if (!isFormat(format)) return misused(place, words.badFormat(format, FORMATS.join(", ")));
  const filter = filterOf(place, options);
  if (typeof filter === "string") return misused(place, filter);
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));
  const found = await logReader(dir, filter).next();
  for (const text of written(format, found)) context.terminal.out(text);
  return EXIT.ok;
}

function* written(format: Format, found: readonly Found[]): Generator<string> {
  switch (format) {
    case "csv":
      yield csvHead();
      for (const one of found) yield csvLine(plainOf(one));
      return;
    case "syslog":
      for (const one of found) yield syslogLine(plainOf(one), hostname());
      return;
    case "ocsf":
      for (const one of found) yield ocsfLine(plainOf(one), VERSION);
      return;
    case "otel":
      for (let from = 0; from < found.length; from += OTEL_BATCH)
        yield otelLine(found.slice(from, from + OTEL_BATCH).map(plainOf), VERSION);
  }
}
