/** Everything of one call or one request, over all streams, without holding the log: only lines that name it are kept. */

import { parseEntry } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import { entriesChunks } from "./entries.ts";
import { streamsIn } from "./files.ts";
import { idsOf, inOrder, own, type About, type Found, type Read } from "./found.ts";

/** Beyond it somebody is joining one request without end. */
const MOST_ENTRIES = 2_000;

async function naming(dir: string, ids: ReadonlySet<string>): Promise<readonly Read[]> {
  const found: Read[] = [];
  for (const stream of await streamsIn(dir)) {
    for await (const batch of lineBatches(entriesChunks(dir, stream))) {
      for (const { text, ended } of batch) {
        if (!ended || text === undefined || found.length >= MOST_ENTRIES) continue;
        if (![...ids].some((id) => text.includes(id))) continue;
        const parsed = parseEntry(text);
        // Somebody may have written the id into a text; what counts is a member that names it.
        if (parsed.kind === "entry" && idsOf(parsed.entry.body).some((id) => ids.has(id)))
          found.push({ stream, line: text, entry: parsed.entry });
      }
    }
  }
  return found;
}

/** By full id, the oldest first. A call leads to its request, and that to the calls which joined it. Reads the files twice or more. */
export async function trailOf(dir: string, id: string): Promise<readonly Found[]> {
  const ids = new Set([id]);
  for (;;) {
    const known = ids.size;
    const found = await naming(dir, ids);
    for (const { entry } of found) for (const named of idsOf(entry.body)) ids.add(named);
    if (ids.size > known) continue;
    const about = found.reduce<About>((all, { entry }) => ({ ...own(entry.body), ...all }), {});
    return found.toSorted(inOrder).map((one) => ({ ...one, about: { ...about, ...own(one.entry.body) } }));
  }
}
