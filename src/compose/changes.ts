/**
 * What changes between two configurations beside the rights of agents: who may approve, what is started, which secrets are
 * used, the floor under every ask. Pure.
 */

import { isShorter } from "../audit/retention.ts";
import { durationText } from "../config/duration.ts";
import { retentionOf, retentionText, otherTermsOf } from "./log-terms.ts";
import { rolesOf, type Approver } from "../approval/approver.ts";
import type { Config } from "../config/config-file.ts";
import type { SecretRef } from "../config/secret-refs.ts";
import { holdsAtOnce, recordingText } from "../audit/recording.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { commonApprovers } from "../approval/common.ts";
import { channelText, channelsByName } from "./channels.ts";
import type { AskKind } from "../policy/manifest.ts";
import { isDemanding } from "../policy/narrower.ts";
import { obligation } from "../policy/settle.ts";
import { servesOf } from "./serve-text.ts";

export interface ConfigChange {
  readonly what:
    | "approver"
    | "server"
    | "root"
    | "naming"
    | "login"
    | "timeout"
    | "limits"
    | "asks"
    | "record"
    | "log"
    | "retention"
    | "roots"
    | "secret"
    | "floor"
    | "wait"
    | "serve"
    | "console"
    | "channel";
  readonly name: string;
  /** Undefined where it was not there. */
  readonly before: string | undefined;
  /** Undefined where it is not there any more. */
  readonly after: string | undefined;
  /** Whether it holds as soon as it stands in the files, or waits for acceptance. */
  readonly holds: "at once" | "once accepted";
}

/**
 * As manifests say, `waits`: how long a held call may block each agent's client; `roots`: by `agent/server`, the folders
 * that the server is told of.
 */
export interface Configured {
  readonly config: Config;
  readonly waits: ReadonlyMap<string, number>;
  readonly roots: ReadonlyMap<string, readonly string[]>;
}

export function configChanges(before: Configured | undefined, after: Configured): readonly ConfigChange[] {
  const old = before?.config;
  const now = after.config;
  return [
    ...approverChanges(old?.approvers ?? [], now.approvers),
    ...(old === undefined ? [] : floorChanges(old, now)),
    ...serverChanges(old?.servers ?? new Map(), now.servers),
    ...differing(old?.secrets ?? new Map(), now.secrets, secretText).map((each) => later("secret", each)),
    ...(before === undefined
      ? []
      : differing(before.waits, after.waits, durationText).map((each) => later("wait", each))),
    ...fewer(
      "roots",
      differing(before?.roots ?? new Map(), after.roots, (list) => list.join(", ")),
    ),
    ...differing(servesOf(old), servesOf(now), (text) => text).map((each) => goneAtOnce("serve", each)),
    // What is changed is told nothing in its old form any more, and nothing in its new one yet.
    ...differing(channelsByName(old), channelsByName(now), channelText).map((each) => goneAtOnce("channel", each)),
    ...differing(otherTermsOf(old?.log), otherTermsOf(now.log), (text) => text).map((each) => later("log", each)),
    // Keeping less long takes evidence away.
    ...differing(retentionOf(old?.log), retentionOf(now.log), retentionText).map((each): ConfigChange => ({
      ...later("retention", each),
      holds: each.old && each.now && isShorter(each.old, each.now) ? "once accepted" : "at once",
    })),
    ...differing(consoleOf(old), consoleOf(now), (text) => text).map((each) => later("console", each)),
  ];
}

/** Where people's passkeys are asked for; a console runs as the accepted configuration says. */
const consoleOf = (config: Config | undefined): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(config?.console ?? {}).flatMap(([name, value]: readonly [string, unknown]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return text === "[]" ? [] : [[name, text] as const];
    }),
  );

interface Difference<T> {
  readonly name: string;
  readonly old: T | undefined;
  readonly now: T | undefined;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** By name, in code-unit order; what reads the same is no difference. */
function differing<T>(
  olds: ReadonlyMap<string, T>,
  news: ReadonlyMap<string, T>,
  text: (value: T) => string,
): readonly Difference<T>[] {
  return [...new Set([...olds.keys(), ...news.keys()])].toSorted().flatMap((name) => {
    const [old, now] = [olds.get(name), news.get(name)];
    const [before, after] = [old, now].map((value) => (value === undefined ? undefined : text(value)));
    return before === after ? [] : [{ name, old, now, before, after }];
  });
}

const later = <T>(what: ConfigChange["what"], { name, before, after }: Difference<T>): ConfigChange => ({
  what,
  name,
  before,
  after,
  holds: "once accepted",
});

/** What is taken out is gone at once. */
const goneAtOnce = <T>(what: ConfigChange["what"], each: Difference<T>): ConfigChange => ({
  ...later(what, each),
  holds: each.now === undefined ? "at once" : "once accepted",
});

/** What is only taken out of a list is gone at once. */
const fewer = <T>(
  what: ConfigChange["what"],
  differences: readonly Difference<readonly T[]>[],
): readonly ConfigChange[] =>
  differences.map((each) => ({
    ...later(what, each),
    holds: (each.now ?? []).every((one) => each.old?.includes(one)) ? "at once" : "once accepted",
  }));

/** Everything that gives this person a say. */
function approverText({ key, passkeys = [], groups, roles, subject, away = [] }: Approver): string {
  const parts = [
    ...(key === undefined ? [] : [key]),
    ...passkeys.map((passkey) => `passkey ${passkey.key} at ${passkey.origin} (${passkey.rp})`),
    ...(groups.length === 0 ? [] : [`[${groups.toSorted().join(", ")}]`]),
    ...(roles === undefined ? [] : [`roles: ${roles.toSorted().join(", ")}`]),
    ...(subject === undefined ? [] : [`subject: ${subject}`]),
    ...away.map((each) => {
      const [from, until] = [each.from, each.until].map((at) => new Date(at).toISOString());
      return `away ${from} to ${until}: ${each.deputy}`;
    }),
  ];
  return parts.length === 0 ? "-" : parts.join(" ");
}

/** Whether whatever counts of `now` counted of `old`: what both configurations give is what an approver has. */
const isLess = (old: Approver, now: Approver): boolean =>
  approverText(commonApprovers([[old], [now]])[0] ?? { name: now.name, groups: [] }) ===
  approverText({ ...now, roles: rolesOf(now) });

const byName = (list: readonly Approver[]): ReadonlyMap<string, Approver> =>
  new Map(list.map((approver) => [approver.name, approver]));

/** An approver counts with the key and the groups that both configurations give, so only what is taken away holds at once. */
function approverChanges(olds: readonly Approver[], news: readonly Approver[]): readonly ConfigChange[] {
  return differing(byName(olds), byName(news), approverText).map((each) => {
    const { old, now } = each;
    const less = now === undefined || (old !== undefined && isLess(old, now));
    return { ...later("approver", each), holds: less ? "at once" : "once accepted" };
  });
}

function floorChanges(old: Config, now: Config): readonly ConfigChange[] {
  // Of no agent: who its owner is does not matter, only whether they are kept from approving.
  const [before, after] = [old, now].map(({ floor }) => obligation("approvals", floor, floor, "owner"));
  if (before === undefined || after === undefined) return [];
  const texts = [before, after].map(
    ({ rule: _floor, need, from, assurance, expiresMs, redeemMs, ...rest }) =>
      `assurance: ${assurance}, need: ${need}, from: [${from.join(", ")}], expires: ${durationText(expiresMs)}, redeem: ${durationText(redeemMs)}` +
      Object.entries(rest)
        .map(([name, value]) => `, ${name}: ${JSON.stringify(value)}`)
        .join(""),
  );
  if (texts[0] === texts[1]) return [];
  const harder = isDemanding([after], [before]);
  return [
    {
      what: "floor",
      name: "approvals",
      before: texts[0],
      after: texts[1],
      holds: harder ? "at once" : "once accepted",
    },
  ];
}

type Servers = ReadonlyMap<string, ServerConfig>;

const kept = (servers: Servers, others: Servers): Servers => new Map([...servers].filter(([id]) => others.has(id)));

const asksOf = (servers: Servers): ReadonlyMap<string, readonly AskKind[]> =>
  new Map([...servers].flatMap(([id, { asks }]) => (asks === undefined ? [] : [[id, asks] as const])));

/** How the server is reached and logged in to, beside what its endpoint says. */
function loginText({ transport }: ServerConfig): string {
  if (transport.kind !== "http" || (transport.oauth === undefined && transport.sse === undefined)) return "-";
  return JSON.stringify({ ...transport.oauth, ...(transport.sse === undefined ? {} : { transport: "sse" }) });
}

/** Servers are started as the accepted configuration says; one that is taken away is denied at once. */
function serverChanges(olds: Servers, news: Servers): readonly ConfigChange[] {
  const [before, after] = [kept(olds, news), kept(news, olds)];
  return [
    ...differing(olds, news, ({ endpoint }) => endpoint).map((each) => goneAtOnce("server", each)),
    ...differing(before, after, ({ root }) => root ?? "-").map((each) => later("root", each)),
    ...differing(before, after, ({ naming }) => naming).map((each) => later("naming", each)),
    ...differing(before, after, loginText).map((each) => later("login", each)),
    ...differing(before, after, ({ timeoutMs }) => durationText(timeoutMs)).map((each) => later("timeout", each)),
    ...differing(before, after, ({ limits }) => `${limits.inFlight}, ${limits.resultBytes / 1024} KiB`).map((each) =>
      later("limits", each),
    ),
    // Keeping less takes evidence away, and keeping what was taken out shows it.
    ...differing(before, after, ({ recording }) => recordingText(recording)).map((each): ConfigChange => ({
      ...later("record", each),
      holds:
        each.now !== undefined && each.old !== undefined && holdsAtOnce(each.old.recording, each.now.recording)
          ? "at once"
          : "once accepted",
    })),
    ...fewer(
      "asks",
      differing(asksOf(olds), asksOf(news), (kinds) => kinds.join(", ")),
    ),
  ];
}

function secretText(ref: SecretRef): string {
  switch (ref.kind) {
    case "file":
      return `file ${ref.path}`;
    case "env":
      return `env ${ref.name}`;
    case "command":
      return `command ${JSON.stringify(ref.argv)}`;
  }
}
