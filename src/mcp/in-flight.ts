/** Questions of ours on one connection that are not answered yet. Each is settled once, by whatever comes first. */

import type { Json } from "../policy/json.ts";
import type { ForwardedCall } from "../gateway/ports.ts";
import { withGetters } from "../policy/with-getters.ts";
import type { AskingCall } from "./asked.ts";
import type { Settled } from "./outcome.ts";
import { Table } from "./short-list.ts";

export interface Pending extends AskingCall {
  /** Changes where a call takes more than one request. */
  id: number;
  readonly acknowledged: ((honoured: Json | undefined) => void) | undefined;
  /** The call it belongs to; undefined for a question of our own, which no stop cancels. */
  readonly call: ForwardedCall | undefined;
  /** When it times out, on the clock of `performance.now`. */
  readonly deadline: number;
  readonly timeoutMs: number;
  settle(outcome: Settled): void;
  /** Ends listening to the call's cancellation. */
  unlisten: (() => void) | undefined;
  /** Requests that the server has answered with questions of its own; while they are put nothing of it is on its way. */
  rounds: number;
  isAsking: boolean;
}

export interface InFlight {
  /** How many of them are calls. */
  readonly calls: number;
  /** The only one that an answer can be of; what is listened to has none for as long as it lasts. */
  readonly only: Pending | undefined;
  get(id: number): Pending | undefined;
  all(): readonly Pending[];
  add(entry: Pending): void;
  /** From here on it goes by another id. */
  rename(entry: Pending, id: number): void;
  /** Takes it out of the table; false when it is not there any more. */
  settle(id: number, outcome: Settled): boolean;
  giveUp(entry: Pending, kind: "timeout" | "cancelled", detail: string): void;
}

/** A longer timer would fire at once (2^31 ms overflows). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** `cancel` tells the server that nobody waits for an answer any more. */
export function openInFlight(cancel: (id: number, reason: string) => void): InFlight {
  const pending = new Table<number, Pending>();
  let calls = 0;

  const settle = (id: number, outcome: Settled): boolean => {
    const entry = pending.get(id);
    if (entry === undefined) return false;
    pending.delete(id);
    if (entry.call !== undefined) calls -= 1;
    entry.unlisten?.();
    entry.over?.abort();
    entry.settle(outcome);
    return true;
  };

  const giveUp = ({ id, isAsking }: Pending, kind: "timeout" | "cancelled", detail: string): void => {
    if (settle(id, { kind, detail }) && !isAsking) cancel(id, detail);
  };

  /** One alarm for all questions, at or before the earliest deadline: a timer for each would cost as much as the parse. */
  let alarm: NodeJS.Timeout | undefined;
  let alarmAt = Infinity;
  const setAlarm = (deadline: number): void => {
    if (deadline >= alarmAt) return;
    clearTimeout(alarm);
    alarmAt = deadline;
    alarm = setTimeout(ring, Math.min(Math.max(1, deadline - performance.now()), MAX_TIMER_MS)).unref();
  };
  const ring = (): void => {
    alarmAt = Infinity;
    const now = performance.now();
    for (const entry of pending.values())
      if (entry.deadline <= now) giveUp(entry, "timeout", `no answer within ${entry.timeoutMs} ms`);
      else setAlarm(entry.deadline);
  };

  return withGetters({
    get calls() {
      return calls;
    },
    get only() {
      const [first, ...others] = pending.values().filter(({ timeoutMs }) => timeoutMs < Infinity);
      return others.length === 0 ? first : undefined;
    },
    get: (id) => pending.get(id),
    all: () => pending.values(),
    add(entry) {
      pending.set(entry.id, entry);
      if (entry.call !== undefined) calls += 1;
      setAlarm(entry.deadline);
    },
    rename(entry, id) {
      pending.delete(entry.id);
      entry.id = id;
      pending.set(id, entry);
    },
    settle,
    giveUp,
  });
}
