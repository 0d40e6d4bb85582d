/** `log:` as people are told of it, by what can change. Pure. */

import type { Retention } from "../audit/retention.ts";
import { durationText } from "../config/duration.ts";
import { DEFAULT_LOG, type LogConfig } from "../config/retention.ts";

export const retentionText = ({ entries, bodies, servers }: Retention): string =>
  [["entries", entries] as const, ["bodies", bodies] as const, ...Object.entries(servers)]
    .map(([name, ms]) => `${name}: ${durationText(ms)}`)
    .join(", ");

/** What else is said of it, each under its name. */
export const otherTermsOf = ({ rotate, timestamp }: LogConfig = DEFAULT_LOG): ReadonlyMap<string, string> =>
  new Map([
    ["rotate", `${rotate.bytes / 1024 / 1024} MiB, daily: ${rotate.daily}`],
    ...(timestamp === undefined
      ? []
      : [["timestamp", `${timestamp.url}, ca: ${timestamp.ca}, every: ${durationText(timestamp.everyMs)}`] as const]),
  ]);

export const retentionOf = ({ retention }: LogConfig = DEFAULT_LOG): ReadonlyMap<string, Retention> =>
  new Map([["log", retention]]);
