/** The facets that an index knows, in memory: every question goes over all of them, and each entry that comes in has one. */

import { IndexError, numberOf, textOf, type IndexDatabase, type Row } from "./database.ts";
import { facetText, readFacet, type Facet } from "./facet.ts";

export interface KnownFacet {
  readonly id: number;
  readonly facet: Facet;
  /** Ms; no entry of it is outside. */
  earliest: number;
  latest: number;
}

export interface Facets {
  all(): Iterable<KnownFacet>;
  byId(id: number): KnownFacet | undefined;
  /** Takes up what others have added and learned. */
  refresh(): void;
  /** Within a transaction, before `take`: the same, where they have added any. */
  catchUp(): void;
  /** Within a transaction: the facet's number, with a time at which there is an entry of it. */
  take(facet: Facet, time: number): number;
  /** Within a transaction: keeps what `take` learned. */
  save(): void;
}

/** From here on names are not told apart: somebody reads resources without end. */
const MOST_NAMED = 50_000;

export function openFacets(database: IndexDatabase): Facets {
  const byText = new Map<string, KnownFacet>();
  const byId = new Map<number, KnownFacet>();
  const changed = new Set<KnownFacet>();
  const fresh = new Set<KnownFacet>();
  const select = database.prepare("SELECT id, facet, earliest, latest FROM facets");
  const last = database.prepare("SELECT coalesce(max(id), 0) AS id FROM facets");
  const insert = database.prepare("INSERT INTO facets (id, facet, earliest, latest) VALUES (?, ?, ?, ?)");
  const update = database.prepare(
    "UPDATE facets SET earliest = min(earliest, ?), latest = max(latest, ?) WHERE id = ?",
  );

  function add(known: KnownFacet, text: string): void {
    byText.set(text, known);
    byId.set(known.id, known);
  }

  const version = database.prepare("PRAGMA data_version");
  let seen: unknown;

  function refresh(): void {
    // Changed by others alone: what this connection has added is here.
    const now = (version.get() as Row)["data_version"];
    if (now === seen) return;
    seen = now;
    for (const row of select.all() as Row[]) {
      const [id, text] = [numberOf(row, "id"), textOf(row, "facet")];
      const [earliest, latest] = [numberOf(row, "earliest"), numberOf(row, "latest")];
      const known = byId.get(id);
      if (known !== undefined) {
        [known.earliest, known.latest] = [earliest, latest];
        continue;
      }
      const facet = readFacet(text);
      if (facet === undefined) throw new IndexError("a facet cannot be read");
      add({ id, facet, earliest, latest }, text);
    }
  }

  return {
    all: () => byId.values(),
    byId: (id) => byId.get(id),
    refresh,
    catchUp() {
      if ((last.get() as Row)["id"] !== byId.size) refresh();
    },
    take(facet, time) {
      const whole = facetText(facet);
      const named = byText.get(whole);
      const coarse = named !== undefined || byId.size < MOST_NAMED ? facet : { ...facet, name: null };
      const text = coarse === facet ? whole : facetText(coarse);
      let known = named ?? byText.get(text);
      if (known === undefined) {
        known = { id: byId.size + 1, facet: coarse, earliest: time, latest: time };
        add(known, text);
        fresh.add(known);
      } else if (time < known.earliest || time > known.latest) {
        known.earliest = Math.min(known.earliest, time);
        known.latest = Math.max(known.latest, time);
        if (!fresh.has(known)) changed.add(known);
      }
      return known.id;
    },
    save() {
      for (const known of fresh) insert.run(known.id, facetText(known.facet), known.earliest, known.latest);
      for (const { id, earliest, latest } of changed) update.run(earliest, latest, id);
      fresh.clear();
      changed.clear();
    },
  };
}
