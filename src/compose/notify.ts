/**
 * Tells people who are not looking: writes what happened into the outbox and sees that it is sent, by this process or by
 * another one of the same configuration. Without `notify:` it does nothing and loads nothing.
 */

import { newsOf, nextEscalation } from "../approval/news.ts";
import { concerns, eventId, messageId, noticed, waitsWith, type Notice } from "../approval/notice.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { ConfiguredChannel } from "../config/channel.ts";
import type { Announcer } from "../gateway/parts.ts";
import type { Courier } from "../notify/courier.ts";
import type { NewDispatch } from "../store/dispatch.ts";
import type { Stop, Store } from "../store/store.ts";
import { commonApprovers } from "../approval/common.ts";
import { channelsInForce } from "./channels.ts";
import type { Sender } from "./notify-sender.ts";

/** The last gate that has a console beside it, by its process. */
export const CONSOLE_NOTE = "console";

/** News that no request ends, ms. */
const NEWS_MS = 24 * 60 * 60_000;
/** Between a change and the look at it, ms. */
const LOOK_MS = 200;
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
  /** The accepted configuration and, while a change waits, the proposed one; none where nothing is accepted. */
  readonly configs: () => readonly Config[];
  /** Whether the configuration has this agent; a stop of another project's is no news here. */
  readonly knows: (agent: string) => boolean;
  readonly now: () => number;
  readonly broken: (error: unknown) => void;
}

export interface Notifier extends Announcer {
  /** Looks for what others left, and for stops that were placed. Cheap, and never throws. */
  look(): void;
  close(): Promise<void>;
}

interface Opened {
  readonly courier: Courier;
  readonly sender: Sender;
}

export function openNotifier(parts: NotifierParts): Notifier {
  const { store, log, configPath, now, broken } = parts;
  const inForce = (): readonly ConfiguredChannel[] => channelsInForce(parts.configs());
  /** News that was announced already, to these channels. */
  let told: { readonly channels: string; readonly events: ReadonlySet<string> } = { channels: "", events: new Set() };
  let looking: NodeJS.Timeout | undefined;
  let escalation: NodeJS.Timeout | undefined;
  let opening: Promise<Opened> | undefined;
  let closed = false;

  const open = async (): Promise<Opened> => {
    const [{ openCourier }, { openSender }] = await Promise.all([
      import("../notify/courier.ts"),
      import("./notify-sender.ts"),
    ]);
    const sender = openSender(parts.env, () => parts.configs()[0], now);
    const courier = openCourier({
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
    return { courier, sender };
  };
  const wake = async (): Promise<void> => {
    if (closed) return;
    (await (opening ??= open())).courier.wake();
  };

  const messages = (notice: Notice): readonly NewDispatch[] => {
    const channels = inForce().filter(({ groups }) => concerns(notice, groups));
    return rowsOf(notice, channels, configPath, now());
  };
  const announce = async (notice: Notice): Promise<void> => {
    const rows = messages(notice);
    if (rows.length === 0) return;
    try {
      await store.writeOutbox(rows, now());
      void wake().catch(broken);
    } catch (error) {
      // The question stands all the same; who is told of it is the lesser matter.
      broken(error);
    }
  };

  const isForSome = async (id: string): Promise<boolean> => {
    const request = await store.request(id);
    if (request === undefined) return false;
    const notice: Notice = { kind: "request.opened", about: noticed(request) };
    return inForce().some(({ groups }) => concerns(notice, groups));
  };

  /** What the store says that is news, whoever was to tell it: a process may have died before it could. */
  const news = async (): Promise<readonly Notice[]> => {
    const stops = (await store.stops()).filter(
      ({ agent, placedAt }) => now() - placedAt < NEWS_MS && (agent === undefined || parts.knows(agent)),
    );
    const pending = (await store.requests({ states: ["pending"] })).filter(({ agent }) => parts.knows(agent));
    const approvers = commonApprovers(parts.configs().map((config) => config.approvers));
    const ofRequests = await Promise.all(
      pending.map(async (request) => newsOf(request, await store.statements(request.id), approvers, now())),
    );
    const next = pending.flatMap((request) => nextEscalation(request, now()) ?? []);
    clearTimeout(escalation);
    if (next.length > 0) escalation = setTimeout(look, Math.min(...next) - now() + 1).unref();
    return [...stops.map(noticeOfStop), ...ofRequests.flat()];
  };

  const lookNow = async (): Promise<void> => {
    const channels = inForce().map(({ id }) => id);
    if (channels.length === 0 || closed) return;
    const found = new Map((await news()).map((notice) => [eventId(notice), notice]));
    // A channel that came by acceptance is told of what still waits.
    const known = told.channels === channels.join() ? told.events : new Set<string>();
    told = { channels: channels.join(), events: new Set(found.keys()) };
    for (const [event, notice] of found) if (!known.has(event)) await announce(notice);
    const work = await store.outboxWork({ config: configPath, channels, process: parts.process });
    if (work !== undefined) await wake();
  };

  /** Changes come in bursts, and each look reads all that waits. */
  function look(): void {
    if (closed || inForce().length === 0) return;
    looking ??= setTimeout(() => {
      looking = undefined;
      lookNow().catch(broken);
    }, LOOK_MS).unref();
  }

  return {
    messages,
    announce,
    async unheard(request) {
      if (inForce().length === 0) return false;
      const rows = await store.outbox(configPath, request);
      if (rows.some(({ state, problem }) => state === "sent" || problem === undefined)) return false;
      // Whoever opened it may not have come to write them yet.
      if (rows.length === 0 && (await isForSome(request))) return false;
      const console = await store.note(CONSOLE_NOTE);
      return !(await store.processes()).some(({ id, role, alive }) => alive && (role === "tool" || id === console));
    },
    look,
    async close() {
      closed = true;
      clearTimeout(looking);
      clearTimeout(escalation);
      if (opening === undefined) return;
      const { courier, sender } = await opening;
      await courier.close(FINISH_MS);
      sender.close();
    },
  };
}

export const noticeOfStop = ({ id, agent, by }: Stop): Notice => ({
  kind: "stop.placed",
  stop: id,
  ...(agent === undefined ? {} : { agent }),
  by,
});

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
