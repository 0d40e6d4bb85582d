/** Bodies against what entries say of them: for who has the key. That the entries are what was signed is shown elsewhere. */

import { isIntact, openBodies, parseBody } from "./bodies.ts";
import { streamsIn } from "./files.ts";
import { bodiesSpokenOf } from "./summary.ts";

export interface BodiesChecked {
  /** That are what an entry was written of. */
  readonly intact: number;
  /** Of which entries speak and that are not there: never kept, pruned, or taken away. */
  readonly absent: number;
  /** Of which no entry speaks: their process died in between. */
  readonly extra: number;
  /** Streams into whose bodies nobody can look without the key that they were kept under. */
  readonly locked: readonly string[];
  /** The first that is not what its digest says, or no body at all; lines count from 1. */
  readonly altered: { readonly stream: string; readonly line: number } | undefined;
}

/** Of all streams of a folder. `key`: see `openBodies`. */
export async function checkBodies(dir: string, key: Buffer | undefined): Promise<BodiesChecked> {
  let [intact, absent, extra] = [0, 0, 0];
  const locked: string[] = [];
  for (const stream of await streamsIn(dir)) {
    const bodies = await openBodies(dir, stream, key);
    if (bodies.kind === "locked") locked.push(stream);
    if (bodies.kind !== "open") continue;
    const spoken = new Set<string>();
    for await (const { ref } of bodiesSpokenOf(dir, stream)) spoken.add(ref.digest);
    let line = 0;
    for await (const batch of bodies.lines) {
      for (const { text = "", ended } of batch) {
        line++;
        const body = parseBody(text);
        // A write that a process did not live to finish.
        if (body === undefined && !ended) continue;
        if (body === undefined || !isIntact(body)) {
          await bodies.close();
          return { intact, absent, extra, locked, altered: { stream, line } };
        }
        if (body.text === undefined) continue;
        if (spoken.delete(body.digest)) intact++;
        else extra++;
      }
    }
    absent += spoken.size;
  }
  return { intact, absent, extra, locked, altered: undefined };
}
