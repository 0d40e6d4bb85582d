/**
 * The newest entries over all streams, a page at a time, read from the ends of the files: a page costs what stands on it
 * and not what the log holds. How far it looks is bounded, in entries and in memory.
 */

import type { EntryBody } from "../audit/entry.ts";
import { entriesBackwards } from "./backwards.ts";
import { statEntries } from "./entries.ts";
import { streamsIn } from "./files.ts";
import { inOrder, own, type About, type Found, type Read } from "./read.ts";

/** An entry's place in the order of all; what comes after a page is what stands before its last one. */
export interface Position {
  readonly time: string;
  readonly stream: string;
  readonly n: number;
}

export interface Recent {
  /** Newest first. */
  readonly entries: readonly Found[];
  /** From where to go on; undefined at the beginning of the log. */
  readonly older: Position | undefined;
}

export interface Wanted {
  readonly limit: number;
  readonly before?: Position;
  /** Ms. */
  readonly since?: number;
  readonly until?: number;
  readonly passes?: (found: Found) => boolean;
}

/** Most entries that a page looks at. */
const MOST_LOOKED_AT = 20_000;
/** How far back it looks for what an entry is about. */
const MOST_BEHIND = 5_000;

interface Source {
  readonly stream: string;
  /** No entry of it is later: RFC 3339. */
  readonly latest: string;
}

/** Streams by their last change, the latest first. A file whose time was set back would stand too low; `verify` tells all. */
async function sourcesIn(dir: string, before: string | undefined): Promise<readonly Source[]> {
  const sources = await Promise.all(
    (await streamsIn(dir)).map(async (stream): Promise<Source> => {
      const { mtimeMs } = await statEntries(dir, stream);
      const latest = new Date(Math.ceil(mtimeMs)).toISOString();
      return { stream, latest: before !== undefined && before < latest ? before : latest };
    }),
  );
  return sources.toSorted((a, b) => (a.latest < b.latest ? 1 : a.latest > b.latest ? -1 : 0));
}

interface Head {
  readonly rest: AsyncGenerator<Read, void, undefined>;
  read: Read;
}

/** All entries, newest first. A file is opened when the order comes to it. */
async function* newestFirst(dir: string, until: string | undefined): AsyncGenerator<Read, void, undefined> {
  const sources = [...(await sourcesIn(dir, until))];
  const heads = new Set<Head>();
  const latest = (): Head | undefined => {
    let found: Head | undefined;
    for (const head of heads) if (found === undefined || inOrder(head.read, found.read) > 0) found = head;
    return found;
  };
  try {
    for (;;) {
      let head = latest();
      for (let next = sources[0]; next !== undefined; next = sources[0]) {
        if (head !== undefined && next.latest < head.read.entry.time) break;
        sources.shift();
        const rest = entriesBackwards(dir, next.stream, until);
        const first = await rest.next();
        if (first.done !== true) heads.add({ rest, read: first.value });
        head = latest();
      }
      if (head === undefined) return;
      yield head.read;
      const next = await head.rest.next();
      if (next.done === true) heads.delete(head);
      else head.read = next.value;
    }
  } finally {
    for (const { rest } of heads) await rest.return();
  }
}

/** What later entries name only by id, learned from older ones as they come. */
function memory() {
  const [calls, requests] = [new Map<string, About>(), new Map<string, About>()];
  const known = (body: EntryBody): About | undefined => {
    if ("request" in body && body.request !== undefined && body.kind !== "call.intent")
      return requests.get(body.request);
    return "call" in body && body.call !== undefined ? calls.get(body.call) : undefined;
  };
  return {
    learn(body: EntryBody): void {
      if (body.kind === "call.intent") calls.set(body.call, own(body));
      else if (body.kind === "request.opened") requests.set(body.request, own(body));
    },
    /** Whether everything is there that can be known of it. */
    isWhole: (body: EntryBody): boolean =>
      own(body).target !== undefined || (!("call" in body) && !("request" in body)) || known(body) !== undefined,
    of: (body: EntryBody): About => ({ ...known(body), ...own(body) }),
  };
}

const isBefore = ({ stream, entry }: Read, position: Position): boolean => {
  if (entry.time !== position.time) return entry.time < position.time;
  if (stream !== position.stream) return stream < position.stream;
  return entry.n < position.n;
};

const positionOf = ({ stream, entry }: Read): Position => ({ time: entry.time, stream, n: entry.n });

/** Throws LogFilesError where there is no log. */
export async function recentEntries(dir: string, wanted: Wanted): Promise<Recent> {
  const { limit, before, since, until, passes = () => true } = wanted;
  const from = until === undefined ? undefined : new Date(until).toISOString();
  const start = before !== undefined && (from === undefined || before.time < from) ? before.time : from;
  const oldest = since === undefined ? "" : new Date(since).toISOString();
  const about = memory();
  const read: Read[] = [];
  const all = newestFirst(dir, start);
  const pull = async (): Promise<boolean> => {
    const next = await all.next();
    if (next.done === true) return false;
    about.learn(next.value.entry.body);
    if (before === undefined || isBefore(next.value, before)) read.push(next.value);
    return true;
  };
  const entries: Found[] = [];
  try {
    for (let at = 0; ; at += 1) {
      while (at >= read.length) if (!(await pull())) return { entries, older: undefined };
      const one = read[at];
      if (one === undefined || one.entry.time < oldest) return { entries, older: undefined };
      while (!about.isWhole(one.entry.body) && read.length - at < MOST_BEHIND) if (!(await pull())) break;
      const found = { ...one, about: about.of(one.entry.body) };
      if (passes(found)) entries.push(found);
      if (entries.length >= limit || at + 1 >= MOST_LOOKED_AT) return { entries, older: positionOf(one) };
    }
  } finally {
    await all.return();
  }
}
