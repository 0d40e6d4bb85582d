/** Values that wait for a gesture: what will be signed is kept here, never sent back by the browser. Each is good once. */

import { digestOf, randomSecret } from "./secret.ts";

const KEPT_MS = 2 * 60_000;
/** In all; beyond it the oldest goes. */
const MOST = 2000;

export interface Shelf<T> {
  /** Gives the id under which only this visit can take it, once, within two minutes. */
  put(visit: string, value: T, now: number): string;
  take(visit: string, id: string, now: number): T | undefined;
}

const place = (visit: string, id: string): string => digestOf(`${visit}\n${id}`);

/** `keptMs`: how long, where a gesture is not what it waits for. */
export function openShelf<T>(keptMs = KEPT_MS): Shelf<T> {
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    put(visit, value, now) {
      for (const [key, { until }] of kept) {
        if (until > now && kept.size < MOST) break;
        kept.delete(key);
      }
      const id = randomSecret();
      kept.set(place(visit, id), { value, until: now + keptMs });
      return id;
    },
    take(visit, id, now) {
      const key = place(visit, id);
      const found = kept.get(key);
      kept.delete(key);
      return found === undefined || found.until <= now ? undefined : found.value;
    },
  };
}
