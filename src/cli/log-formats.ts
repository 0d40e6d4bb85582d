/** `kidoban log export --format`: entries as other systems take them, to stdout. What proves the log is the other export. */

import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { VERSION } from "../compose/version.ts";
import { csvHead, csvLine } from "../log/formats/csv.ts";
import { ocsfLine } from "../log/formats/ocsf.ts";
import { otelLine } from "../log/formats/otel.ts";
import { plainOf, type Plain } from "../log/formats/plain.ts";
import { syslogLine } from "../log/formats/syslog.ts";
import { mergedEntries } from "../log/merged.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { filterOf } from "./log-query.ts";

const FORMATS = ["ocsf", "csv", "syslog", "otel"] as const;
type Format = (typeof FORMATS)[number];

const isFormat = (word: string): word is Format => FORMATS.some((format) => format === word);

export async function exportAs(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words, dir } = place;
  const { format = "" } = options;
  if (!isFormat(format)) return misused(place, words.badFormat(format, FORMATS.join(", ")));
  const filter = filterOf(place, options);
  if (typeof filter === "string") return misused(place, filter);
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));
  const writer = writers[format]();
  const { terminal } = context;
  terminal.out(writer.head);
  for await (const found of mergedEntries(dir, filter)) {
    terminal.out(writer.lines(found.map(plainOf)));
    await terminal.room?.();
  }
  return EXIT.ok;
}

interface Writer {
  readonly head: string;
  /** Of as many as are read at once. */
  readonly lines: (entries: readonly Plain[]) => string;
}

const each =
  (line: (entry: Plain) => string): Writer["lines"] =>
  (entries) =>
    entries.map(line).join("");

const writers: Readonly<Record<Format, () => Writer>> = {
  csv: () => ({ head: csvHead(), lines: each(csvLine) }),
  ocsf: () => ({ head: "", lines: each((entry) => ocsfLine(entry, VERSION)) }),
  // Of one export request: collectors refuse what is larger than some MiB.
  otel: () => ({ head: "", lines: (entries) => otelLine(entries, VERSION) }),
  syslog() {
    const host = hostname();
    return { head: "", lines: each((entry) => syslogLine(entry, host)) };
  },
};
