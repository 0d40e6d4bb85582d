/**
 * Tells people of a stop at once, by whoever placed it: no gate may run that would. Goes to the channels of every accepted
 * configuration that it concerns; what could not be delivered stays in the outbox, for a gate or a console to try again.
 */

import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventId } from "../approval/notice.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { digestOf } from "../config/files.ts";
import { hasErrors } from "../config/problem.ts";
import type { AcceptedConfig, Stop } from "../store/store.ts";
import { noticeOfStop, openNotifier } from "./notify.ts";
import { readAccepted, readDisk } from "./reading.ts";
import type { State } from "./state.ts";

/** Channels by name. */
export interface StopNews {
  readonly told: readonly string[];
  /** Written down, and not taken by their receiver yet. */
  readonly waiting: readonly string[];
}

interface Around {
  readonly env: Env;
  readonly now: () => number;
  readonly broken: (error: unknown) => void;
}

/** Longer than an attempt may take but for mail: what is broken off here would be sent again by others. All has stopped by then. */
const LONGEST_MS = 12_000;
const LOOK_MS = 50;

/** Of one configuration. Never rejects: a stop needs nobody who hears of it. */
async function tellOne(state: State, accepted: AcceptedConfig, stop: Stop, around: Around): Promise<StopNews> {
  const { store, log, process } = state;
  const { config: configPath, files, digest } = accepted;
  const nobody: StopNews = { told: [], waiting: [] };
  try {
    if (digestOf(files) !== digest) return nobody;
    const { config, manifests } = await readAccepted(store, configPath, files, dirname(configPath));
    const knows = (agent: string): boolean => manifests.has(agent);
    if (config === undefined || (stop.agent !== undefined && !knows(stop.agent))) return nobody;
    if ((config.notify ?? []).length === 0) return nobody;
    const configs = [config, ...(await onDisk(state, accepted))];
    const notifier = openNotifier({ ...around, store, log, process, configPath, knows, configs: () => configs });
    const notice = noticeOfStop(stop);
    await notifier.announce(notice);
    const rows = async () => (await store.outbox(configPath)).filter(({ event }) => event === eventId(notice));
    // A first attempt of each: what failed once is tried again later, by others.
    const isTried = ({ state: how, problem }: Awaited<ReturnType<typeof rows>>[number]): boolean =>
      how !== "sending" && (how !== "waiting" || problem !== undefined);
    const until = around.now() + LONGEST_MS;
    while (!(await rows()).every(isTried) && around.now() < until) await sleep(LOOK_MS);
    await notifier.close();
    const written = await rows();
    const names = (isSent: boolean): readonly string[] =>
      written.filter(({ state: how }) => (how === "sent") === isSent).map(({ name }) => name);
    return { told: names(true), waiting: names(false) };
  } catch (error) {
    around.broken(error);
    return nobody;
  }
}

/** What was taken out of the files is told nothing any more (P12); files that cannot be read take nothing out. */
async function onDisk({ store }: State, { config, digest }: AcceptedConfig): Promise<readonly Config[]> {
  try {
    const { config: found, problems } = await readDisk(store, config, digest);
    return found === undefined || hasErrors(problems) ? [] : [found];
  } catch {
    return [];
  }
}

const named = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].toSorted();

/** Never rejects; `broken` is told of what should not have happened. */
export async function tellOfStop(state: State, stop: Stop, around: Around): Promise<StopNews> {
  const configs = await state.store.acceptedConfigs().catch((error: unknown) => {
    around.broken(error);
    return [];
  });
  const all = await Promise.all(configs.map((each) => tellOne(state, each, stop, around)));
  return { told: named(all.map(({ told }) => told)), waiting: named(all.map(({ waiting }) => waiting)) };
}
