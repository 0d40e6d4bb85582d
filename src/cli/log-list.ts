/** `kidoban log`: the newest entries as a table or as JSON lines, with filters; `--follow` goes on with what is added. */

import { existsSync } from "node:fs";
import pc from "picocolors";
import type { KeptIndex } from "../compose/log-index.ts";
import { passes } from "../log/filter.ts";
import { additions } from "../log/follow.ts";
import { inOrder, positionText, type Found, type Read } from "../log/found.ts";
import { rowOf } from "../log/told.ts";
import { EXIT, type ExitCode } from "./context.ts";
import { misused, unreachable, type LogOptions, type LogPlace } from "./log-place.ts";
import { catchUp, filterOf, indexWords, pageOf, withIndex } from "./log-query.ts";
import { lineOf, widthsOf } from "./log-row.ts";

export async function list(place: LogPlace, options: LogOptions): Promise<ExitCode> {
  const { context, words, dir } = place;
  const filter = filterOf(place, options);
  if (typeof filter === "string") return misused(place, filter);
  const wish = pageOf(place, options);
  if (typeof wish === "string") return misused(place, wish);
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));

  const print = context.json ? printJson(place) : printTable(place);
  return withIndex(place, options, async (kept) => {
    const { entries, older } = await kept.use(async (index) => {
      await catchUp(place, index);
      return index.page(filter, wish.limit, wish.before);
    });
    print(entries.toReversed());
    if (options.follow === true) {
      const signal = options.signal ?? new AbortController().signal;
      const [newest] = entries;
      await follow(place, kept, newest?.entry.time ?? "", signal, (found) =>
        print(found.filter((one) => passes(one, filter))),
      );
    } else if (older !== undefined) context.terminal.err(`${indexWords(place).older(positionText(older))}\n`);
    else if (entries.length === 0 && !context.json) context.terminal.err(`${words.empty}\n`);
    return EXIT.ok;
  });
}

/** Gives what is added; `newest`: the time of what was given last. */
async function follow(
  place: LogPlace,
  kept: KeptIndex,
  newest: string,
  signal: AbortSignal,
  give: (found: readonly Found[]) => void,
): Promise<void> {
  let last = newest;
  for await (const _ of additions(place.dir, signal)) {
    let tries = 0;
    const found = await kept.use(async (index) => {
      const fresh: Read[] = [];
      // Where the index had to be made anew, everything is new to it, and most of it was given before.
      const known = tries++ === 0 ? "" : last;
      await catchUp(place, index, (read) => {
        if (read.entry.time > known) fresh.push(read);
      });
      return index.whole(fresh.toSorted(inOrder));
    });
    last = found.at(-1)?.entry.time ?? last;
    give(found);
  }
}

/** `kidoban log index`: what is new is taken in, and nothing is asked. */
export async function index(place: LogPlace): Promise<ExitCode> {
  const { context, words, dir } = place;
  if (!existsSync(dir)) return unreachable(place, words.noLog(dir));
  const entries = await withIndex(place, {}, (kept) => kept.use((index) => catchUp(place, index)));
  context.terminal.out(context.json ? `${JSON.stringify({ entries })}\n` : `${indexWords(place).built(entries)}\n`);
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
