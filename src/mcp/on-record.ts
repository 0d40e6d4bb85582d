/** Which clients are on record as connected: nobody is served before (P4), and one is recorded when it is new. */

import type { Claimed } from "../audit/entry.ts";
import type { ClientFacts, Gate } from "../gateway/ports.ts";
import { claimedBy, sameClient } from "./client-facts.ts";

export interface OnRecord {
  /**
   * What the client says of itself, the same object for all its calls, since its text is then made once; undefined while it
   * is not on record.
   */
  claimed(client: ClientFacts): Claimed | undefined;
  /** Rejects where it cannot be recorded, which is tried again. */
  record(client: ClientFacts): Promise<Claimed>;
}

interface Known {
  readonly client: ClientFacts;
  readonly claimed: Claimed;
  recording: Promise<Claimed> | undefined;
  isRecorded: boolean;
}

/** `most`: clients that are remembered. */
export function openOnRecord(gate: Gate, most: number): OnRecord {
  let known: readonly Known[] = [];
  let last: Known | undefined;

  const find = (client: ClientFacts): Known | undefined =>
    last !== undefined && sameClient(last.client, client)
      ? last
      : known.find((other) => sameClient(other.client, client));

  const drop = (gone: Known | undefined): void => {
    known = known.filter((one) => one !== gone);
    if (last === gone) last = undefined;
  };

  const put = async (one: Known): Promise<Claimed> => {
    try {
      await gate.connected(one.client);
    } catch (error) {
      drop(one);
      throw error;
    }
    one.isRecorded = true;
    return one.claimed;
  };

  return {
    claimed(client) {
      const found = find(client);
      if (found?.isRecorded !== true) return undefined;
      last = found;
      return found.claimed;
    },
    record(client) {
      const one = find(client) ?? { client, claimed: claimedBy(client), recording: undefined, isRecorded: false };
      if (one.recording !== undefined) return one.recording;
      if (known.length >= most) drop(known[0]);
      known = [...known, one];
      return (one.recording = put(one));
    },
  };
}
