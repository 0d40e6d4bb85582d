/** `kidoban log`: entries as a table or as JSON lines, with filters; `--follow` goes on with what is added. */

import { existsSync } from "node:fs";
import pc from "picocolors";
import type { Target } from "../audit/entry.ts";
import { additions } from "../log/follow.ts";
import type { Filter } from "../log/filter.ts";
import { logReader, type Found } from "../log/read.ts";
import { rowOf } from "../log/told.ts";
import type { Effect } from "../policy/call.ts";
import { isProblem, matches, parsePattern } from "../policy/pattern.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { lineOf, widthsOf } from "./log-row.ts";
import { pastMoment } from "./moment.ts";

export async function list(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words, dir } = place;
  const filter = filterOf(place, options);
  if (typeof filter === "string") return misused(place, filter);
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));

  const reader = logReader(dir, filter);
  const print = context.json ? printJson(place) : printTable(place);
  const found = await reader.next();
  print(found);
  if (options.follow !== true) {
    if (found.length === 0 && !context.json) context.terminal.err(`${words.empty}\n`);
    return EXIT.ok;
  }
  for await (const _ of additions(dir, options.signal ?? new AbortController().signal)) print(await reader.next());
  return EXIT.ok;
}

/** The lines as they were signed, each with the stream that it stands in. */
const printJson =
  ({ context }: LogPlace) =>
  (found: readonly Found[]): void => {
    for (const { stream, line } of found)
      context.terminal.out(`{"stream":${JSON.stringify(stream)},"entry":${line}}\n`);
  };

function printTable({ context, words }: LogPlace): (found: readonly Found[]) => void {
  const colors = pc.createColors(context.terminal.color);
  const head = { ...words.columns, tone: "plain" as const };
  let widths: ReturnType<typeof widthsOf> | undefined;
  return (found) => {
    const rows = found.map((one) => rowOf(one, words));
    if (rows.length === 0) return;
    if (widths === undefined) {
      widths = widthsOf([head, ...rows]);
      context.terminal.out(colors.bold(lineOf(head, widths, pc.createColors(false))));
    }
    for (const row of rows) context.terminal.out(lineOf(row, widths, colors));
  };
}

const isEffect = (word: string): word is Effect => word === "allow" || word === "ask" || word === "deny";

/** The filter, or the sentence that says what is wrong with the options. */
export function filterOf({ context, words }: LogPlace, options: LogOptions): Filter | string {
  const { agent, tool, decision } = options;
  if (decision !== undefined && !isEffect(decision)) return words.badDecision(decision);
  const since = pastMoment(options.since, context.now());
  if (Number.isNaN(since)) return words.badTime(options.since ?? "");
  const until = pastMoment(options.until, context.now());
  if (Number.isNaN(until)) return words.badTime(options.until ?? "");
  const matchesTool = tool === undefined ? undefined : toolFilter(tool);
  if (tool !== undefined && matchesTool === undefined) return words.badTool(tool);
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(decision === undefined ? {} : { decision }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(matchesTool === undefined ? {} : { tool: matchesTool }),
  };
}

/** A pattern as rules write it; a name without server is that tool of any server. */
function toolFilter(text: string): ((target: Target) => boolean) | undefined {
  const pattern = parsePattern(text.includes("/") ? text : `*/${text}`, { file: "", line: 1, column: 1 });
  return isProblem(pattern) ? undefined : (target) => matches(pattern, target, { ignoreCase: true });
}
