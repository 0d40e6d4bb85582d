/** Couriers over a real store. */

import { eventId, messageId, type Notice } from "../../src/approval/notice.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { openCourier, type Courier } from "../../src/notify/courier.ts";
import { deliver } from "../../src/notify/deliver.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { NETWORK } from "./sample.ts";

export const CONFIG = "/gate/kidoban.yaml";
const SECRET = "a signing secret of more than 24 bytes";

export interface CourierSetting {
  readonly folder: string;
  readonly process: string;
  /** Webhooks, each a channel. */
  readonly urls: readonly string[];
  /** What a second of back-off takes here, ms. */
  readonly secondMs: number;
  /** How long a receiver may take to answer, ms; NETWORK's when left out. */
  readonly answerMs?: number;
}

export const channelsIn = ({ urls }: CourierSetting): ReadonlyMap<string, string> =>
  new Map(urls.map((url, index) => [`channel-${index}`, url]));

/** Registered in the store under its name; time runs faster, so that what backs off comes back soon. */
export async function courierOver(
  { folder, process, secondMs, answerMs = NETWORK.answerMs }: CourierSetting,
  channels: ReadonlyMap<string, string>,
): Promise<{ readonly courier: Courier; readonly store: Store; readonly entries: readonly EntryBody[] }> {
  const store = await openStore(folder);
  const startedAt = Date.now();
  await store.register({ id: process, pid: 1, role: "gate", startedAt });
  const entries: EntryBody[] = [];
  const now = (): number => startedAt + (Date.now() - startedAt) * (1000 / secondMs);
  const courier = openCourier({
    store,
    config: CONFIG,
    process,
    channels: () => [...channels.keys()],
    async deliver({ id, event, channel, notice, writtenAt }, signal) {
      const url = channels.get(channel);
      if (url === undefined) return undefined;
      const parcel = {
        channel: { id: channel, name: channel, language: "en", reach: "loopback" },
        target: { kind: "webhook", url, secret: SECRET },
        envelope: { id, event, at: writtenAt },
        notice,
        consoleUrl: undefined,
      } as const;
      return deliver({ ...NETWORK, answerMs }, parcel, now(), signal);
    },
    record: (entry) => void entries.push(entry),
    now,
    chance: Math.random,
    broken(error) {
      throw error;
    },
  });
  // Waits are counted in the time that runs faster, and slept in ours.
  const waking = setInterval(() => courier.wake(), 20);
  return {
    courier: {
      ...courier,
      async close(waitMs) {
        clearInterval(waking);
        await courier.close(waitMs);
        await store.close();
      },
    },
    store,
    entries,
  };
}

export async function write(
  store: Store,
  notices: readonly Notice[],
  channels: Iterable<string>,
  giveUpAfterMs = 86_400_000,
): Promise<void> {
  const now = Date.now();
  const rows = [...channels].flatMap((channel) =>
    notices.map((notice) => {
      const event = eventId(notice);
      const id = messageId(event, channel);
      const times = { writtenAt: now, giveUpAt: now + giveUpAfterMs };
      return { id, event, config: CONFIG, channel, name: channel, notice, ...times };
    }),
  );
  await store.writeOutbox(rows, now);
}

export const stops = (count: number): readonly Notice[] =>
  Array.from({ length: count }, (_, n) => ({ kind: "stop.placed", stop: `s${n}`, by: "aiko" }));
