/** A test message through every channel, one attempt each, past the outbox: whether they work, for the person who asks. */

import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { eventId, messageId, type Notice } from "../approval/notice.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { channelsInForce } from "./channels.ts";
import { openSender } from "./notify-sender.ts";
import { readAccepted, readDisk } from "./reading.ts";
import type { State } from "./state.ts";

export interface Tested {
  readonly channel: string;
  /** Left out: it was taken. `not-accepted`: nothing was sent, so that no unaccepted address is shown a secret (P12). */
  readonly problem?: string;
}

/** Undefined where nothing of this configuration is accepted. Throws ConfigError for files that cannot be read. */
export async function testChannels(
  { store, log }: State,
  configPath: string,
  env: Env,
  now: () => number,
): Promise<readonly Tested[] | undefined> {
  const archived = await store.accepted(configPath);
  if (archived === undefined) return undefined;
  const accepted = (await readAccepted(store, configPath, archived.files, dirname(configPath))).config;
  if (accepted === undefined) return undefined;
  const onDisk = (await readDisk(store, configPath, archived.digest)).config;
  const configs: readonly Config[] = onDisk === undefined ? [accepted] : [accepted, onDisk];
  const inForce = channelsInForce(configs);
  const waiting = (onDisk?.notify ?? []).filter(({ id }) => !inForce.some((one) => one.id === id));

  const notice: Notice = { kind: "test", test: randomBytes(8).toString("hex") };
  const event = eventId(notice);
  const sender = openSender(env, () => accepted, now);
  try {
    const tested = await Promise.all(
      inForce.map(async (channel): Promise<Tested> => {
        const message = messageId(event, channel.id);
        const parcel = { envelope: { id: message, event, at: now() }, notice };
        const delivery = await sender.send(channel, parcel, false, new AbortController().signal);
        const about = { channel: channel.name, event, message, attempts: 1 };
        if (delivery.kind === "taken") {
          log.record({ kind: "notification.sent", ...about });
          return { channel: channel.name };
        }
        const { problem } = delivery;
        log.record({ kind: "notification.failed", ...about, problem, final: true });
        return { channel: channel.name, problem };
      }),
    );
    await log.written();
    return [...tested, ...waiting.map(({ name }): Tested => ({ channel: name, problem: "not-accepted" }))];
  } finally {
    sender.close();
  }
}
