/** What `kidoban log` is asked, from its options; and how its index is brought up to date before it is asked. */

import type { EntryKind } from "../audit/entry.ts";
import { keptIndex, type KeptIndex } from "../compose/log-index.ts";
import { refuseNewer } from "../log/format.ts";
import { toolPattern, type Filter } from "../log/filter.ts";
import { readPosition, type Position, type Read } from "../log/found.ts";
import type { LogIndex } from "../log/index/open.ts";
import type { Effect } from "../policy/call.ts";
import { en, ja } from "../words/log-index.ts";
import type { LogOptions, LogPlace } from "./log-place.ts";
import { pastMoment } from "./moment.ts";

export const indexWords = ({ context }: LogPlace): typeof en => (context.language === "ja" ? ja : en);

const isEffect = (word: string): word is Effect => word === "allow" || word === "ask" || word === "deny";

/** The filter, or the sentence that says what is wrong with the options. */
export function filterOf(place: LogPlace, options: LogOptions): Filter | string {
  const { context, words } = place;
  const { agent, server, tool, decision, kind, by, id } = options;
  if (decision !== undefined && !isEffect(decision)) return words.badDecision(decision);
  const isKind = (word: string): word is EntryKind => Object.hasOwn(words.events, word);
  if (kind !== undefined && !isKind(kind)) return indexWords(place).badKind(kind);
  const since = pastMoment(options.since, context.now());
  if (Number.isNaN(since)) return words.badTime(options.since ?? "");
  const until = pastMoment(options.until, context.now());
  if (Number.isNaN(until)) return words.badTime(options.until ?? "");
  const matchesTool = tool === undefined ? undefined : toolPattern(tool);
  if (tool !== undefined && matchesTool === undefined) return words.badTool(tool);
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(server === undefined ? {} : { server }),
    ...(decision === undefined ? {} : { decision }),
    ...(kind === undefined ? {} : { kind }),
    ...(by === undefined ? {} : { by }),
    ...(id === undefined ? {} : { id }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(matchesTool === undefined ? {} : { tool: matchesTool }),
  };
}

export interface PageWish {
  readonly limit: number;
  readonly before?: Position;
}

const USUAL = 1_000;
const MOST = 100_000;

/** How many and from where, or the sentence that says what is wrong. */
export function pageOf(place: LogPlace, { limit, before }: LogOptions): PageWish | string {
  const count = limit === undefined ? USUAL : /^\d{1,6}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MOST) return indexWords(place).badLimit(limit ?? "", MOST);
  const position = before === undefined ? undefined : readPosition(before);
  if (before !== undefined && position === undefined) return indexWords(place).badBefore(before);
  return { limit: count, ...(position === undefined ? {} : { before: position }) };
}

/** The log's index, with a word on stderr where it had to be built in memory or anew. */
export async function withIndex<T>(
  place: LogPlace,
  { index }: Pick<LogOptions, "index">,
  step: (kept: KeptIndex) => Promise<T>,
): Promise<T> {
  const wanted = index === false;
  await refuseNewer(place.dir);
  const kept = keptIndex(place.context.stateDir, { apart: wanted });
  try {
    const result = await step(kept);
    if (kept.apart && !wanted) place.context.terminal.err(`${indexWords(place).apart}\n`);
    else if (kept.opened > 1) place.context.terminal.err(`${indexWords(place).anew}\n`);
    return result;
  } finally {
    kept.close();
  }
}

/** Lines that are taken in at once: nobody else is waiting for this process. */
const BATCH = 20_000;
const SAY_AFTER_MS = 2_000;

/** Takes in what is new; says how far it is where that takes long. Gives the number of entries. */
export async function catchUp(place: LogPlace, index: LogIndex, taken?: (read: Read) => void): Promise<number> {
  const { terminal } = place.context;
  const from = performance.now();
  let [entries, said] = [0, 0];
  const count = (read: Read): void => {
    entries++;
    taken?.(read);
  };
  for await (const { done, total } of index.grow({ batch: BATCH, taken: count })) {
    const percent = Math.floor((100 * done) / Math.max(total, 1));
    if (performance.now() - from < SAY_AFTER_MS || percent < said + 5) continue;
    said = percent;
    terminal.err(`${indexWords(place).building(percent)}\n`);
  }
  return entries;
}
