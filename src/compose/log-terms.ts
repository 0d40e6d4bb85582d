/** `log:` as people are told of it, by what can change. Pure. */

import type { Retention } from "../audit/retention.ts";
import { DEFAULT_LOG, type LogConfig } from "../config/retention.ts";

/** As files write it: 90s is told as 90s, 120s as 2m. */
export function written(ms: number): string {
  const units = [
    ["y", 365 * 86_400_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const;
  const [unit, size] = units.find(([, each]) => ms > 0 && ms % each === 0) ?? (["ms", 1] as const);
  return `${ms / size}${unit}`;
}

export const retentionText = ({ entries, bodies, servers }: Retention): string =>
  [["entries", entries] as const, ["bodies", bodies] as const, ...Object.entries(servers)]
    .map(([name, ms]) => `${name}: ${written(ms)}`)
    .join(", ");

/** What else is said of it, each under its name. */
export const otherTermsOf = ({ rotate, timestamp }: LogConfig = DEFAULT_LOG): ReadonlyMap<string, string> =>
  new Map([
    ["rotate", `${rotate.bytes / 1024 / 1024} MiB, daily: ${rotate.daily}`],
    ...(timestamp === undefined
      ? []
      : [["timestamp", `${timestamp.url}, ca: ${timestamp.ca}, every: ${written(timestamp.everyMs)}`] as const]),
  ]);

export const retentionOf = ({ retention }: LogConfig = DEFAULT_LOG): ReadonlyMap<string, Retention> =>
  new Map([["log", retention]]);
