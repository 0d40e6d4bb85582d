/** The index of one log: opened, grown, asked. Whoever opens it throws it away where it turns out wrong. */

import type { Filter } from "../filter.ts";
import type { Found, Position, Read } from "../found.ts";
import { openBlocks } from "./blocks.ts";
import type { IndexDatabase } from "./database.ts";
import { openFacets } from "./facets.ts";
import { findPage, type Page } from "./find.ts";
import { openGrower, type GrowOptions, type Progress } from "./grow.ts";
import { openLookup } from "./lookup.ts";
import { checkCounts, checkTables, prepareConnection } from "./tables.ts";
import { trailIn } from "./trail.ts";

export interface LogIndex {
  grow(options: GrowOptions): AsyncGenerator<Progress, void, undefined>;
  page(filter: Filter, limit: number, before?: Position): Promise<Page>;
  /** By id, or by a request's short code; oldest first. */
  trail(idOrCode: string): Promise<readonly Found[]>;
  /** Entries with what they are about. */
  whole(reads: readonly Read[]): Promise<readonly Found[]>;
}

/** `origin`: names the log, so that the index of another one is none. @throws IndexError */
export function openIndex(dir: string, database: IndexDatabase, origin: string): LogIndex {
  prepareConnection(database);
  checkTables(database, origin);
  checkCounts(database);
  const facets = openFacets(database);
  facets.refresh();
  const { grow } = openGrower(dir, database, facets);
  return {
    grow,
    page: (filter, limit, before) => findPage(dir, database, facets, filter, limit, before),
    trail: (idOrCode) => trailIn(dir, database, idOrCode),
    async whole(reads) {
      const blocks = openBlocks(dir);
      try {
        const lookup = openLookup(database, blocks);
        const found: Found[] = [];
        for (const read of reads) found.push(await lookup.whole(read));
        return found;
      } finally {
        await blocks.close();
      }
    },
  };
}
