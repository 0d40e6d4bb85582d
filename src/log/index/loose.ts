/**
 * Entries about a call or a request that stood in a stream not read yet, or not so far. Once it has been read they are put
 * where they belong.
 */

import { numberOf, textOf, type IndexDatabase, type Row } from "./database.ts";
import type { Facets } from "./facets.ts";
import { filled } from "./filled.ts";
import type { IndexRows } from "./rows.ts";

/** An entry was there before what speaks of it; once more, since it may have been written while its stream was being read. */
const TRIES = 2;
const AT_ONCE = 10_000;

export interface LooseEntries {
  /** After everything has been read. */
  settle(): void;
}

export function looseEntries(database: IndexDatabase, facets: Facets, rows: IndexRows): LooseEntries {
  const select = database.prepare(
    "SELECT stream, line, time, facet, id, kind FROM loose WHERE (stream, line) > (?, ?) ORDER BY stream, line LIMIT ?",
  );
  const move = database.prepare(
    "UPDATE OR REPLACE entries SET facet = ? WHERE facet = ? AND time = ? AND stream = ? AND line = ?",
  );
  const remove = database.prepare("DELETE FROM loose WHERE stream = ? AND line = ?");

  function settleSome(after: readonly [number, number]): readonly [number, number] | undefined {
    facets.catchUp();
    let last: readonly [number, number] | undefined;
    for (const row of select.all(...after, AT_ONCE) as Row[]) {
      const [stream, line, time] = [numberOf(row, "stream"), numberOf(row, "line"), numberOf(row, "time")];
      last = [stream, line];
      const was = facets.byId(numberOf(row, "facet"));
      const subject = rows.subject(textOf(row, "kind"), numberOf(row, "id"));
      if (was === undefined || subject === undefined) continue;
      move.run(facets.take(filled(was.facet, subject), time), was.id, time, stream, line);
      remove.run(stream, line);
    }
    facets.save();
    return last;
  }

  return {
    settle() {
      if ((database.prepare("SELECT count(*) AS count FROM loose").get() as Row)["count"] === 0) return;
      let after: readonly [number, number] | undefined = [-1, -1];
      while (after !== undefined) {
        const from: readonly [number, number] = after;
        after = rows.inOne(() => settleSome(from));
      }
      rows.inOne(() => {
        database.exec(`DELETE FROM loose WHERE tries >= ${TRIES - 1}; UPDATE loose SET tries = tries + 1`);
      });
    },
  };
}
