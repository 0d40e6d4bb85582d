/** Calls of one stream that have no outcome yet, those among them that it took over from an earlier one of its process. */

import type { EntryBody } from "../audit/entry.ts";
import { isSameProcess } from "../audit/pairing.ts";

export interface InFlight {
  take(entry: EntryBody): void;
  /** A copy: who walks over them records their outcomes. */
  calls(): readonly string[];
}

export function openInFlight(stream: string): InFlight {
  // Few at a time. A Set that keeps emptying leaves a chain of tables behind, which stays until a full collection.
  const calls: string[] = [];
  return {
    take(entry) {
      switch (entry.kind) {
        case "call.intent":
          calls.push(entry.call);
          break;
        case "call.outcome":
          takeOut(calls, entry.call);
          break;
        case "stream.opened":
          calls.push(...(entry.follows?.open ?? []));
          break;
        case "stream.recovered":
          if (isSameProcess(entry.stream, stream)) calls.push(...entry.open);
          break;
        default:
      }
    },
    calls: () => calls.slice(),
  };
}

function takeOut(list: string[], one: string): void {
  const at = list.indexOf(one);
  const last = at < 0 ? undefined : list.pop();
  if (last !== undefined && at < list.length) list[at] = last;
}
