/** Who may be told something now (P12): what is accepted, as far as it still stands in the files. Reaches nothing. */

import type { Config } from "../config/config-file.ts";
import { secretsOfChannel, type ConfiguredChannel } from "../config/channel.ts";

/** `configs`: the accepted one first. Whatever was changed of a channel makes it another, which waits. */
export function channelsInForce([accepted, ...others]: readonly Config[]): readonly ConfiguredChannel[] {
  const channels = accepted?.notify ?? [];
  const isKept = ({ id }: ConfiguredChannel): boolean =>
    others.every(({ notify = [] }) => notify.some((one) => one.id === id));
  return others.length === 0 ? channels : channels.filter(isKept);
}

/** As `kidoban accept` shows it: all that decides who learns what. */
export function channelText({ target, groups, language, private: isPrivate }: ConfiguredChannel): string {
  const where = (): string => {
    switch (target.kind) {
      case "webhook":
        return `webhook ${target.url}, signed with ${target.secret}`;
      case "slack":
      case "teams":
        return `${target.kind} ${target.url}`;
      case "smtp": {
        const login = target.login === undefined ? "" : ` as ${target.login.user} with ${target.login.password}`;
        return `${target.tls ? "smtps" : "smtp"}://${target.host}:${target.port}${login}, from ${target.from} to ${target.to}`;
      }
    }
  };
  return [
    where(),
    ...(groups.length === 0 ? [] : [`for [${groups.join(", ")}]`]),
    language,
    ...(isPrivate ? ["private"] : []),
  ].join(", ");
}

/** Names of the secrets that channels use and that can be read without running anything. */
export const plainSecretsOfChannels = ({ notify = [], secrets }: Config): readonly string[] =>
  [...new Set(notify.flatMap(secretsOfChannel))].filter((name) => secrets.get(name)?.kind !== "command");

export const channelsByName = (config: Config | undefined): ReadonlyMap<string, ConfiguredChannel> =>
  new Map((config?.notify ?? []).map((channel) => [channel.name, channel]));
