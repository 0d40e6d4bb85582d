/** What can be found about messages to people, from the outbox alone: nothing is reached. Pure. */

import type { Dispatch } from "../store/dispatch.ts";
import { finding, type Finding } from "./finding.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Channels whose newest message did not arrive; what came through after a failure says that it works again. */
export function notifyFindings(rows: readonly Dispatch[], now: number): readonly Finding[] {
  const names = [...new Set(rows.map(({ name }) => name))].toSorted();
  return names.flatMap((channel) => {
    const own = rows.filter((row) => row.name === channel && row.writtenAt > now - DAY_MS);
    const since = own.slice(own.findLastIndex(({ state }) => state === "sent") + 1);
    const missed = since.filter(({ problem }) => problem !== undefined);
    const problem = missed.at(-1)?.problem;
    if (problem === undefined) return [];
    return [finding("undelivered", "warning", { channel, count: String(missed.length), problem })];
  });
}
