/** Outcomes to intents, within one stream, and what it says of the calls of dead streams. Pure. */

import type { EntryBody } from "./entry.ts";
import type { FaultCode, Recovery, StreamFacts } from "./fault.ts";

export interface Pairing {
  /** Gives what is wrong with this entry, if anything. */
  take(body: EntryBody, line: number): FaultCode | undefined;
  facts(): Pick<StreamFacts, "inFlight" | "unknown" | "recoveries" | "settledForOthers">;
}

export function callPairing(): Pairing {
  const inFlight = new Map<string, number>();
  const recoveries: Recovery[] = [];
  /** Calls of dead streams that an entry of this stream has taken over. */
  const takenOver = new Set<string>();
  const settledForOthers: string[] = [];
  let unknown = 0;
  return {
    take(body, line) {
      switch (body.kind) {
        case "call.intent":
          if (inFlight.has(body.call)) return "intent-twice";
          inFlight.set(body.call, line);
          return undefined;
        case "call.outcome":
          if (body.status === "unknown") unknown++;
          if (inFlight.delete(body.call)) return undefined;
          // Of another process's call only one thing can be known: that nobody knows.
          if (!takenOver.delete(body.call) || body.status !== "unknown") return "outcome-without-intent";
          settledForOthers.push(body.call);
          return undefined;
        case "stream.recovered": {
          const { stream, size, torn, tail, open } = body;
          for (const call of open) takenOver.add(call);
          recoveries.push({ stream, size, torn, tail, open, line });
          return undefined;
        }
        default:
          return undefined;
      }
    },
    facts: () => ({ inFlight, unknown, recoveries, settledForOthers }),
  };
}
