/**
 * All entries by their times, the oldest first, in memory that does not grow with the log: streams are read side by side
 * while they overlap. A stream keeps its own order, even where a clock was set back. Knows no index.
 */

import { parseEntry } from "../audit/line.ts";
import { statEntries } from "./entries.ts";
import { streamsIn } from "./files.ts";
import { passes, type Filter } from "./filter.ts";
import { inOrder, type Found, type Read } from "./found.ts";
import { openBlocks, type Blocks } from "./index/blocks.ts";
import { putInPlace } from "./in-place.ts";
import { aboutKeeper } from "./read.ts";

/** A stream as far as it is read. */
interface Cursor {
  readonly batches: AsyncGenerator<readonly Read[], void, undefined>;
  batch: readonly Read[];
  at: number;
}

/** Given at once: a promise for each would cost more than reading it. */
const MOST_AT_ONCE = 500;
/** Calls and requests that are remembered, for what comes later and names only their ids. */
const MOST_REMEMBERED = 100_000;

/** Everything that is there now; lines that cannot be read are left to `verify`. Throws what the file system says. */
export async function* mergedEntries(dir: string, filter: Filter): AsyncGenerator<readonly Found[], void, undefined> {
  const blocks = openBlocks(dir);
  const abouts = aboutKeeper(MOST_REMEMBERED);
  const waiting = (await streamsIn(dir)).toReversed();
  /** The one with the oldest entry last. */
  const open: Cursor[] = [];
  let found: Found[] = [];
  try {
    for (;;) {
      const head = headOf(open.at(-1));
      const next = waiting.at(-1);
      if (next !== undefined && (head === undefined || next.slice(0, 15) <= secondOf(head))) {
        waiting.pop();
        const { size, mtimeMs } = await statEntries(dir, next);
        if (filter.since !== undefined && mtimeMs < filter.since) continue;
        await place(open, { batches: readsOf(blocks, next, size), batch: [], at: 0 });
        continue;
      }
      const cursor = open.pop();
      if (cursor === undefined || head === undefined) break;
      abouts.learn(head.entry.body);
      const one = { ...head, about: abouts.of(head.entry.body) };
      if (passes(one, filter)) found.push(one);
      cursor.at++;
      await place(open, cursor);
      if (found.length < MOST_AT_ONCE) continue;
      yield found;
      found = [];
    }
    if (found.length > 0) yield found;
  } finally {
    await blocks.close();
  }
}

const headOf = (cursor: Cursor | undefined): Read | undefined => cursor?.batch[cursor.at];

/** As names of streams begin. */
const secondOf = ({ entry }: Read): string =>
  entry.time.slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "-");

/** Puts a cursor where its next entry belongs; one at its end is dropped. */
async function place(open: Cursor[], cursor: Cursor): Promise<void> {
  while (cursor.at >= cursor.batch.length) {
    const { value, done } = await cursor.batches.next();
    if (done === true) return;
    [cursor.batch, cursor.at] = [value, 0];
  }
  const row = headOf(cursor);
  if (row === undefined) return;
  putInPlace(open, cursor, (other) => {
    const head = headOf(other);
    return head === undefined || inOrder(row, head) >= 0;
  });
}

async function* readsOf(
  blocks: Blocks,
  stream: string,
  size: number,
): AsyncGenerator<readonly Read[], void, undefined> {
  for await (const batch of blocks.lines(stream, 0, size)) {
    const reads: Read[] = [];
    for (const { text, ended } of batch) {
      const parsed = text === undefined || !ended ? undefined : parseEntry(text);
      if (text !== undefined && parsed?.kind === "entry") reads.push({ stream, line: text, entry: parsed.entry });
    }
    yield reads;
  }
}
