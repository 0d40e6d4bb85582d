/**
 * Reads entries over all streams, in the order of their times, and what is added later. What an outcome or an answer is
 * about stands in an earlier entry; it is kept here, so that filters and tables need not look for it. Holds the whole log: who
 * looks for something asks the index.
 */

import type { Entry, EntryBody } from "../audit/entry.ts";
import { parseEntry } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import { openEntries } from "./entries.ts";
import { streamsIn } from "./files.ts";
import { passes, type Filter } from "./filter.ts";
import { inOrder, own, type About, type Found, type Read } from "./found.ts";

/** The entries of one stream; none where there is no such file. Lines that cannot be read are left to `verify`. */
export async function* entriesIn(dir: string, stream: string): AsyncGenerator<Entry, void, undefined> {
  const file = await openEntries(dir, stream).catch(() => undefined);
  if (file === undefined) return;
  for await (const batch of lineBatches(file.chunks())) {
    for (const { text, ended } of batch) {
      const parsed = text === undefined || !ended ? undefined : parseEntry(text);
      if (parsed?.kind === "entry") yield parsed.entry;
    }
  }
}

export interface LogReader {
  /** Everything that is there and was not given before. Lines that cannot be read are left to `verify`. */
  next(): Promise<readonly Found[]>;
}

export function logReader(dir: string, filter: Filter = {}): LogReader {
  const offsets = new Map<string, number>();
  const abouts = aboutKeeper();

  async function readStream(stream: string): Promise<Read[]> {
    const from = offsets.get(stream) ?? 0;
    const file = await openEntries(dir, stream);
    const { size, mtimeMs } = file;
    if (size <= from || (from === 0 && filter.since !== undefined && mtimeMs < filter.since)) {
      await file.close();
      return [];
    }
    const found: Read[] = [];
    let offset = from;
    for await (const batch of lineBatches(file.chunks(from))) {
      for (const { text, bytes, ended } of batch) {
        // Not whole yet: read again when it is.
        if (!ended) continue;
        offset += bytes.length + 1;
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (text === undefined || parsed?.kind !== "entry") continue;
        abouts.learn(parsed.entry.body);
        found.push({ stream, line: text, entry: parsed.entry });
      }
    }
    offsets.set(stream, offset);
    return found;
  }

  return {
    async next() {
      let read: Read[] = [];
      for (const stream of await streamsIn(dir)) read = read.concat(await readStream(stream));
      // Only now: what an entry is about may stand in another stream that was read after its own.
      return read
        .toSorted(inOrder)
        .map((one) => ({ ...one, about: abouts.of(one.entry.body) }))
        .filter((one) => passes(one, filter));
    },
  };
}

/** What later entries name only by id. */
interface AboutKeeper {
  readonly learn: (body: EntryBody) => void;
  readonly of: (body: EntryBody) => About;
}

/** `most`: calls, and requests, that are remembered at a time, the newest. */
export function aboutKeeper(most = Number.POSITIVE_INFINITY): AboutKeeper {
  const calls = new Map<string, About>();
  const requests = new Map<string, About>();
  function add(known: Map<string, About>, id: string, body: EntryBody): void {
    known.set(id, own(body));
    const [oldest] = known.size > most ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
  }
  return {
    learn(body) {
      if (body.kind === "call.intent") add(calls, body.call, body);
      else if (body.kind === "request.opened") add(requests, body.request, body);
    },
    of(body) {
      const said = own(body);
      if (body.kind === "call.outcome") {
        const about = calls.get(body.call);
        // Its last word: a log of a year would otherwise be held in memory.
        calls.delete(body.call);
        return { ...about, ...said };
      }
      // While the call runs; its outcome comes after the last of them.
      if (body.kind === "question.asked" || body.kind === "question.answered")
        return { ...calls.get(body.call ?? ""), ...said };
      return said.request === undefined ? said : { ...requests.get(said.request), ...said };
    },
  };
}
