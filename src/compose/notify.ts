/**
 * Tells people who are not looking: writes what happened into the outbox and sees that it is sent, by this process or by
 * another one of the same configuration. Without `notify:` it does nothing and loads nothing.
 */

import { concerns, eventId, messageId, waitsWith, type Notice } from "../approval/notice.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { ConfiguredChannel } from "../config/notify-config.ts";
import type { Announcer } from "../gateway/parts.ts";
import type { Courier } from "../notify/courier.ts";
import type { NewDispatch } from "../store/dispatch.ts";
import type { Stop, Store } from "../store/store.ts";
import { channelsInForce } from "./channels.ts";

/** News that no request ends, ms. */
const NEWS_MS = 24 * 60 * 60_000;
/** What is on its way when a process ends may still arrive, ms. */
const FINISH_MS = 2_000;

export interface NotifierParts {
  readonly env: Env;
  readonly store: Store;
  readonly log: AuditLog;
  /** This process, by the id under which it is registered. */
  readonly process: string;
  /** Absolute. */
  readonly configPath: string;
  /** The accepted configuration and, while a change waits, the proposed one. */
  readonly configs: () => readonly [Config, ...Config[]];
  /** Whether the configuration has this agent; a stop of another project's is no news here. */
  readonly knows: (agent: string) => boolean;
  readonly now: () => number;
  readonly broken: (error: unknown) => void;
}

export interface Notifier extends Announcer {
  /** Looks for what others left, and for stops that were placed. Cheap, and never throws. */
  look(): void;
  /** Lets what is due be tried once, for `waitMs` at most: for commands that end right after. */
  settled(waitMs: number): Promise<void>;
  close(): Promise<void>;
}

export function openNotifier(parts: NotifierParts): Notifier {
  const { store, log, configPath, now, broken } = parts;
  const inForce = (): readonly ConfiguredChannel[] => channelsInForce(parts.configs());
  const told = new Set<string>();
  let opening: Promise<Courier> | undefined;
  let closeSender = (): void => undefined;
  let closed = false;

  const open = async (): Promise<Courier> => {
    const [{ openCourier }, { openSender }] = await Promise.all([
      import("../notify/courier.ts"),
      import("./notify-sender.ts"),
    ]);
    const sender = openSender(parts.env, () => parts.configs()[0], now);
    closeSender = sender.close;
    return openCourier({
      store,
      config: configPath,
      process: parts.process,
      channels: () => inForce().map(({ id }) => id),
      async deliver({ id, event, channel, notice, writtenAt, attempts }, signal) {
        const found = inForce().find((one) => one.id === channel);
        if (found === undefined) return undefined;
        return sender.send(found, { envelope: { id, event, at: writtenAt }, notice }, attempts > 1, signal);
      },
      record(entry) {
        if (log.sealed === undefined) log.record(entry);
      },
      now,
      chance: Math.random,
      broken,
    });
  };
  const wake = async (): Promise<void> => {
    if (closed) return;
    (await (opening ??= open())).wake();
  };

  const announce = async (notice: Notice): Promise<void> => {
    const channels = inForce().filter(({ groups }) => concerns(notice, groups));
    if (channels.length === 0) return;
    try {
      await store.writeOutbox(rowsOf(notice, channels, configPath, now()), now());
      void wake().catch(broken);
    } catch (error) {
      // The question stands all the same; who is told of it is the lesser matter.
      broken(error);
    }
  };

  const isNews = ({ id, agent, placedAt }: Stop): boolean =>
    !told.has(id) && now() - placedAt < NEWS_MS && (agent === undefined || parts.knows(agent));

  const look = async (): Promise<void> => {
    const channels = inForce().map(({ id }) => id);
    if (channels.length === 0) return;
    for (const stop of (await store.stops()).filter(isNews)) {
      told.add(stop.id);
      const { id, agent, by } = stop;
      await announce({ kind: "stop.placed", stop: id, ...(agent === undefined ? {} : { agent }), by });
    }
    const work = await store.outboxWork({ config: configPath, channels, process: parts.process });
    if (work !== undefined) await wake();
  };

  return {
    announce,
    async unheard(request) {
      if (inForce().length === 0) return false;
      const rows = await store.outbox(configPath, request);
      const failed = rows.every(({ state, problem }) => state !== "sent" && problem !== undefined);
      if (!failed) return false;
      return !(await store.processes()).some(({ role, alive }) => role === "tool" && alive);
    },
    look: () => void look().catch(broken),
    async settled(waitMs) {
      if (opening !== undefined) await (await opening).idle(waitMs);
    },
    async close() {
      closed = true;
      if (opening !== undefined) await (await opening).close(FINISH_MS);
      closeSender();
    },
  };
}

function rowsOf(
  notice: Notice,
  channels: readonly ConfiguredChannel[],
  config: string,
  at: number,
): readonly NewDispatch[] {
  const event = eventId(notice);
  const request = waitsWith(notice);
  const about = { event, config, notice, writtenAt: at, ...(request === undefined ? {} : { request }) };
  const giveUpAt = "about" in notice && request !== undefined ? notice.about.expiresAt : at + NEWS_MS;
  return channels.map(({ id: channel, name }) => ({
    ...about,
    id: messageId(event, channel),
    channel,
    name,
    giveUpAt,
  }));
}
