/** What sends messages: channels with their secrets filled in, over checked connections. Loaded when there is one to send. */

import { isIP } from "node:net";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { secretsOfChannel, type ConfiguredChannel, type ConfiguredTarget } from "../config/channel.ts";
import { fill } from "../config/secrets.ts";
import { checkedUrl, guardedLookup, reachOf } from "../mcp/oauth/reach.ts";
import type { Channel, Delivery, Reach, Target } from "../notify/channel.ts";
import { deliver, type Parcel } from "../notify/deliver.ts";
import type { Network } from "../notify/network.ts";
import { secretValues } from "./secret-values.ts";

const NETWORK: Network = { answerMs: 10_000, checkedUrl, lookup: guardedLookup };

/** An address is what it is; a name is only known by what it resolves to, so it has to be public unless said otherwise. */
function writtenReach(host: string): Reach {
  if (host === "localhost") return "loopback";
  return isIP(host) === 0 ? "public" : reachOf(host);
}

function reachFor({ target, private: isPrivate }: ConfiguredChannel): Reach {
  if (isPrivate) return "loopback";
  switch (target.kind) {
    case "webhook":
      return writtenReach(new URL(target.url).hostname.replaceAll(/^\[|\]$/g, ""));
    case "smtp":
      return writtenReach(target.host);
    // The address is a secret's value, which nobody accepted by sight.
    case "slack":
    case "teams":
      return "public";
  }
}

function filled(target: ConfiguredTarget, secrets: ReadonlyMap<string, string>): Target {
  switch (target.kind) {
    case "webhook":
      return { ...target, secret: fill(target.secret, secrets) };
    case "slack":
    case "teams":
      return { ...target, url: fill(target.url, secrets) };
    case "smtp": {
      const { login, ...rest } = target;
      if (login === undefined) return rest;
      return { ...rest, login: { user: fill(login.user, secrets), password: fill(login.password, secrets) } };
    }
  }
}

export interface Sender {
  /** Never rejects. `again`: it was tried before, so its secrets are read anew. */
  send(
    channel: ConfiguredChannel,
    message: Pick<Parcel, "envelope" | "notice">,
    again: boolean,
    signal: AbortSignal,
  ): Promise<Delivery>;
  close(): void;
}

/** `config`: the accepted one, whose secrets and console count. */
export function openSender(env: Env, config: () => Config | undefined, now: () => number): Sender {
  // Nothing of an answer is kept or shown, so there is nothing to search for them in.
  const secrets = secretValues(env, () => undefined);
  /** One after the other: a value that another channel asked for first may still be on its way. */
  let last: Promise<unknown> = Promise.resolve();
  const ready = (configured: ConfiguredChannel, again: boolean): Promise<Target> => {
    const next = last.then(async () => {
      const names = secretsOfChannel(configured);
      const accepted = config();
      if (accepted !== undefined) await secrets.load(accepted, names);
      if (again) await secrets.reload(names);
      return filled(configured.target, secrets.current);
    });
    last = next.catch(() => undefined);
    return next;
  };
  return {
    async send(configured, message, again, signal) {
      let target: Target;
      try {
        target = await ready(configured, again);
      } catch {
        return { kind: "again", problem: "secret" };
      }
      const { id, name, language } = configured;
      const channel: Channel = { id, name, language, reach: reachFor(configured) };
      return deliver(NETWORK, { channel, target, ...message, consoleUrl: config()?.console?.url }, now(), signal);
    },
    close: () => secrets.close(),
  };
}
