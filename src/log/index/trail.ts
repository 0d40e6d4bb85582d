/** Everything of one call or one request, over all streams, through the index. */

import { readCode, requestCode } from "../../approval/action.ts";
import { idsOf, inOrder, own, type About, type Found, type Read } from "../found.ts";
import { openBlocks } from "./blocks.ts";
import type { IndexDatabase } from "./database.ts";
import { openLookup } from "./lookup.ts";

/** Beyond it somebody is joining one request without end. */
const MOST_ENTRIES = 2_000;

/**
 * By full id, or by a request's short code; the oldest first. A call leads to its request, and that to the calls which
 * joined it. @throws IndexError where the index is not of these files
 */
export async function trailIn(dir: string, database: IndexDatabase, idOrCode: string): Promise<readonly Found[]> {
  const blocks = openBlocks(dir);
  const lookup = openLookup(database, blocks);
  try {
    const waiting = [idOrCode];
    const code = readCode(idOrCode);
    if (code !== undefined) {
      for (const place of lookup.places(code, MOST_ENTRIES)) {
        const { body } = (await lookup.at(place)).entry;
        if (body.kind === "request.opened" && requestCode(body.action, body.nonce) === code) waiting.push(body.request);
      }
    }
    const ids = new Set(waiting);
    const found = new Map<string, Read>();
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const place of lookup.places(id, MOST_ENTRIES)) {
        if (found.size >= MOST_ENTRIES) break;
        const read = await lookup.at(place);
        const named = idsOf(read.entry.body);
        // Of two ids that fall together in the index, only one is asked for.
        if (!named.includes(id)) continue;
        found.set(`${place.stream} ${place.line}`, read);
        for (const other of named) {
          if (ids.has(other)) continue;
          ids.add(other);
          waiting.push(other);
        }
      }
    }
    const entries = [...found.values()].toSorted(inOrder);
    const about = entries.reduce<About>((all, { entry }) => ({ ...own(entry.body), ...all }), {});
    return entries.map((one) => ({ ...one, about: { ...about, ...own(one.entry.body) } }));
  } finally {
    await blocks.close();
  }
}
