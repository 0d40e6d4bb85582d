/**
 * Restores that a log announces. Each stands as the second entry of the stream that began it, so that it is found without
 * reading the log. What is found here is proven only together with the log: see verify.ts. Pure.
 */

import { parseEntry } from "./line.ts";
import { lineBatches } from "./lines.ts";
import type { LedgerPlace } from "./state-entry.ts";
import type { LogFiles } from "./verify.ts";

export interface AnnouncedEpoch {
  readonly epoch: string;
  /** RFC 3339. */
  readonly time: string;
  readonly stream: string;
  /** What was signed after it is not in this log any more. */
  readonly from: LedgerPlace;
  readonly lost?: LedgerPlace;
}

const PLACE = 1;

/** In the order of their times. */
export async function epochsIn({ streams }: LogFiles): Promise<readonly AnnouncedEpoch[]> {
  const found: AnnouncedEpoch[] = [];
  for (const { stream, chunks } of streams) {
    let line = 0;
    outer: for await (const batch of lineBatches(chunks)) {
      for (const { text, ended } of batch) {
        if (line++ < PLACE) continue;
        const parsed = text === undefined || !ended ? undefined : parseEntry(text);
        const body = parsed?.kind === "entry" ? parsed.entry.body : undefined;
        if (parsed?.kind === "entry" && body?.kind === "epoch.began") {
          const { epoch, from, lost } = body;
          found.push({ epoch, time: parsed.entry.time, stream, from, ...(lost === undefined ? {} : { lost }) });
        }
        break outer;
      }
    }
  }
  return found.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
