/**
 * Outcomes to intents, within one stream, and what it says of the calls of other streams: those of its own process it goes
 * on with, of those of the dead it can only say that nobody knows. Pure.
 */

import type { EntryBody } from "./entry.ts";
import type { FaultCode, Recovery, StreamFacts } from "./fault.ts";

export interface Pairing {
  /** Gives what is wrong with this entry, if anything. */
  take(body: EntryBody, line: number): FaultCode | undefined;
  facts(): Pick<StreamFacts, "inFlight" | "unknown" | "recoveries" | "follows" | "settledForOthers">;
}

/** Streams of one process share the last part of their names. */
export const isSameProcess = (one: string, other: string): boolean => one.slice(-16) === other.slice(-16);

export function callPairing(stream: string): Pairing {
  const inFlight = new Map<string, number>();
  /** Those of `inFlight` that began in an earlier stream of this process. */
  const carried = new Set<string>();
  const recoveries: Recovery[] = [];
  /** Calls of dead streams that an entry of this stream has taken over. */
  const takenOver = new Set<string>();
  const settledForOthers: string[] = [];
  /** Calls whose leave was used and that were not sent yet. */
  const leave = new Set<string>();
  let follows: StreamFacts["follows"];
  let unknown = 0;

  function carry(call: string, line: number): void {
    inFlight.set(call, line);
    carried.add(call);
  }

  return {
    take(body, line) {
      switch (body.kind) {
        case "stream.opened":
          follows = body.follows;
          for (const call of body.follows?.open ?? []) carry(call, line);
          return undefined;
        case "request.claimed":
        case "pass.used":
          leave.add(body.call);
          return undefined;
        case "call.intent":
          if (inFlight.has(body.call)) return "intent-twice";
          inFlight.set(body.call, line);
          // What had to be asked was sent by an approval or a pass, recorded just before.
          return body.why.effect === "allow" || (leave.delete(body.call) && body.why.effect === "ask")
            ? undefined
            : "intent-unapproved";
        case "call.outcome":
          if (body.status === "unknown") unknown++;
          if (inFlight.delete(body.call)) {
            if (carried.delete(body.call)) settledForOthers.push(body.call);
            return undefined;
          }
          // Of another process's call only one thing can be known: that nobody knows.
          if (!takenOver.delete(body.call) || body.status !== "unknown") return "outcome-without-intent";
          settledForOthers.push(body.call);
          return undefined;
        case "stream.recovered": {
          const { stream: ended, size, torn, tail, open, doubt } = body;
          for (const call of open) {
            if (isSameProcess(ended, stream)) carry(call, line);
            else takenOver.add(call);
          }
          recoveries.push({ stream: ended, size, torn, tail, open, doubt, line });
          return undefined;
        }
        default:
          return undefined;
      }
    },
    facts: () => ({ inFlight, unknown, recoveries, follows, settledForOthers }),
  };
}
