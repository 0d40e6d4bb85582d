/** Calls of one stream that have no outcome yet, those among them that it took over from an earlier one of its process. */

import type { EntryBody } from "../audit/entry.ts";
import { isSameProcess } from "../audit/pairing.ts";

export class InFlight {
  readonly #stream: string;
  /** Few at a time. A Set that keeps emptying leaves a chain of tables behind, which stays until a full collection. */
  readonly #calls: string[] = [];

  constructor(stream: string) {
    this.#stream = stream;
  }

  take(entry: EntryBody): void {
    switch (entry.kind) {
      case "call.intent":
        this.#calls.push(entry.call);
        break;
      case "call.outcome":
        takeOut(this.#calls, entry.call);
        break;
      case "stream.opened":
        this.#calls.push(...(entry.follows?.open ?? []));
        break;
      case "stream.recovered":
        if (isSameProcess(entry.stream, this.#stream)) this.#calls.push(...entry.open);
        break;
      default:
    }
  }

  /** A copy: who walks over them records their outcomes. */
  calls(): readonly string[] {
    return this.#calls.slice();
  }
}

function takeOut(list: string[], one: string): void {
  const at = list.indexOf(one);
  const last = at < 0 ? undefined : list.pop();
  if (last !== undefined && at < list.length) list[at] = last;
}
