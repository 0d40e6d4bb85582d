/**
 * Sends what is in the outbox for the channels in force, one attempt at a time for each message, until it is taken, nobody
 * waits for it any more, or its time is over. What another process holds is left alone until that process is dead.
 */

import { setTimeout as pause } from "node:timers/promises";
import { waitsWith } from "../approval/notice.ts";
import type { EntryBody } from "../audit/entry.ts";
import type { Dispatch, Dispatched } from "../store/dispatch.ts";
import type { Store } from "../store/store.ts";
import { delayMs } from "./backoff.ts";
import type { Delivery } from "./channel.ts";

const AT_ONCE = 32;
/** One slow receiver must not keep the others waiting. */
const AT_ONCE_EACH = 4;
/** Whether another sender has died is asked so often; nothing tells it. */
const LOOK_MS = 2_000;
/** setTimeout takes no more. */
const LONGEST_SLEEP_MS = 60 * 60_000;

export interface CourierParts {
  readonly store: Pick<Store, "takeFromOutbox" | "settleDispatch" | "outboxWork" | "request">;
  readonly config: string;
  /** This process, by the id under which it lives. */
  readonly process: string;
  /** Ids of the channels in force now. */
  readonly channels: () => readonly string[];
  /** Never rejects; undefined where its channel is not in force any more, and nothing was sent. */
  readonly deliver: (dispatch: Dispatch, signal: AbortSignal) => Promise<Delivery | undefined>;
  /** Never throws. */
  readonly record: (entry: EntryBody) => void;
  readonly now: () => number;
  readonly chance: () => number;
  /** Told of a store that cannot be read or written. */
  readonly broken: (error: unknown) => void;
}

export interface Courier {
  /** Looks into the outbox now. */
  wake(): void;
  /** Lets what is on its way arrive for `waitMs`, then gives it back to the outbox. */
  close(waitMs: number): Promise<void>;
}

export function openCourier(parts: CourierParts): Courier {
  const { store, config, process, now } = parts;
  const closing = new AbortController();
  /** By channel. */
  const underway = new Map<Promise<void>, string>();
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  let closed = false;

  const howOf = (dispatch: Dispatch, delivery: Delivery | undefined): Dispatched => {
    if (delivery === undefined) return { kind: "waiting", dueAt: now() };
    switch (delivery.kind) {
      case "taken":
        return { kind: "sent" };
      case "refused":
        return { kind: "failed", problem: delivery.problem };
      case "again": {
        const { problem, afterMs } = delivery;
        // The process ends; the attempt says nothing of the receiver.
        if (closing.signal.aborted) return { kind: "waiting", dueAt: now() };
        const dueAt = now() + delayMs(dispatch.attempts, parts.chance(), afterMs);
        return dueAt > dispatch.giveUpAt ? { kind: "failed", problem } : { kind: "waiting", dueAt, problem };
      }
    }
  };

  const record = (dispatch: Dispatch, how: Dispatched): void => {
    const { name: channel, event, id: message, request, attempts } = dispatch;
    const about = { channel, event, message, ...(request === undefined ? {} : { request }), attempts };
    if (how.kind === "sent") return parts.record({ kind: "notification.sent", ...about });
    const final = how.kind === "failed";
    const { problem } = "problem" in how ? how : { problem: undefined };
    // Not each attempt: a receiver that is down for a day is one fact.
    if (problem !== undefined && (final || dispatch.problem === undefined))
      parts.record({ kind: "notification.failed", ...about, problem, final });
  };

  /** Whether somebody still waits for what it tells. */
  const isNews = async ({ notice }: Dispatch): Promise<boolean> => {
    const request = waitsWith(notice);
    return request === undefined || (await store.request(request))?.state === "pending";
  };

  const outcome = async (dispatch: Dispatch): Promise<Dispatched> => {
    if (!(await isNews(dispatch))) return { kind: "withdrawn" };
    if (now() > dispatch.giveUpAt) return { kind: "failed", problem: dispatch.problem ?? "late" };
    return howOf(dispatch, await parts.deliver(dispatch, closing.signal));
  };

  /** As long as this process lives nobody else sends it, so its word must reach the store. */
  const settle = async ({ id }: Dispatch, how: Dispatched): Promise<boolean> => {
    for (;;) {
      try {
        return await store.settleDispatch(id, process, how, now());
      } catch (error) {
        parts.broken(error);
        if (closing.signal.aborted) return false;
        await pause(LOOK_MS, undefined, { ref: false });
      }
    }
  };

  const send = async (dispatch: Dispatch): Promise<void> => {
    const how = await outcome(dispatch);
    // Settled first and then recorded: a message that is sent once more is the lesser evil, its receiver knows its id.
    if (await settle(dispatch, how)) record(dispatch, how);
  };

  const sleep = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(wake, Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS)).unref();
  };

  /** Those that have a hand free. Whoever comes back looks again. */
  const free = (): readonly string[] => {
    if (closed) return [];
    const busy = [...underway.values()];
    if (busy.length >= AT_ONCE) return [];
    return parts.channels().filter((id) => busy.filter((each) => each === id).length < AT_ONCE_EACH);
  };

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    for (let channels = free(); channels.length > 0; channels = free()) {
      const dispatch = await store.takeFromOutbox({ config, channels, process, now: now() });
      if (dispatch === undefined) break;
      const sending = send(dispatch)
        .catch(parts.broken)
        .finally(() => {
          underway.delete(sending);
          wake();
        });
      underway.set(sending, dispatch.channel);
    }
    const channels = free();
    if (channels.length === 0) return;
    const work = await store.outboxWork({ config, channels, process });
    if (work === undefined) return;
    const { dueAt = Infinity, elsewhere } = work;
    sleep(Math.min(dueAt - now(), elsewhere ? LOOK_MS : Infinity));
  };

  function wake(): void {
    if (closed) return;
    looking = looking.then(look).catch((error: unknown) => {
      parts.broken(error);
      // A store that is busy is asked again.
      if (!closed) sleep(LOOK_MS);
    });
  }

  const arrived = async (): Promise<void> => {
    await looking;
    while (underway.size > 0) {
      await Promise.all(underway.keys());
      await looking;
    }
  };

  const within = async (ms: number): Promise<void> => {
    let timeout: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timeout = setTimeout(resolve, ms);
    });
    await Promise.race([arrived(), over]);
    clearTimeout(timeout);
  };

  return {
    wake,
    async close(waitMs) {
      closed = true;
      clearTimeout(timer);
      await within(waitMs);
      closing.abort();
      await Promise.all(underway.keys());
    },
  };
}
