/** `log:` in kidoban.yaml: when a stream is succeeded by another, how long what it holds is kept, and who stamps it. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { duration, durationMs } from "./duration.ts";
import { readUrl } from "./notify-config.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { YEAR_MS } from "../audit/retention.ts";
import { DAY_MS, DEFAULT_LOG, MIB, type LogConfig, type TimestampConfig } from "./retention.ts";
import { id, say, strict, text, valid } from "./shape.ts";
import type { Path } from "./yaml-place.ts";

/** The EU AI Act, articles 19 and 26, asks at least six months of logs; no month is longer than 31 days. */
const kept = (what: string) => duration("184d", "100y", `${what}; 5y when left out`);

export const logSchema = strict({
  rotate: strict({
    mib: z.int().min(1, say("out-of-range")).max(4096, say("out-of-range")).optional(),
    daily: z.boolean().optional(),
  })
    .optional()
    .meta({ description: "A new file from that many MiB on (64), and at UTC midnight (true)." }),
  retention: strict({
    entries: kept("How long entries are kept").optional(),
    bodies: kept("How long arguments and results are kept").optional(),
    servers: z
      .record(id, duration("184d", "100y", "Arguments and results of this server's calls"))
      .optional()
      .meta({ description: "By server, where it is otherwise than `bodies` says." }),
  })
    .optional()
    .meta({ description: "Shortening it needs two approvers." }),
  timestamp: strict({
    url: text.meta({ description: "An RFC 3161 time-stamping authority. http will do: its answers are signed." }),
    ca: text.meta({ description: "PEM file of the root that the authority's certificate must lead to." }),
    every: duration(
      "10m",
      "1y",
      "How often `kidoban serve` has the log's checkpoint stamped; 24h when left out",
    ).optional(),
  })
    .optional()
    .meta({ description: "Who says from outside when a checkpoint was there." }),
});

const periodOf = (written: string | undefined, otherwise: number): number =>
  written === undefined ? otherwise : durationMs(written);

/** Undefined when there is none, or anything in it is wrong. */
export function readLog(reading: Reading, raw: Json | undefined): LogConfig | undefined {
  const written = raw === undefined ? undefined : valid(logSchema, raw);
  if (written === undefined) return undefined;
  const { rotate, retention } = written;
  const timestamp = written.timestamp && readTimestamp(reading, written.timestamp);
  const periods: [Path, string][] = [];
  for (const name of ["entries", "bodies"] as const)
    if (retention?.[name] !== undefined) periods.push([["log", "retention", name], retention[name]]);
  for (const [server, period] of Object.entries(retention?.servers ?? {})) {
    const path: Path = ["log", "retention", "servers", server];
    periods.push([path, period]);
    reading.references.push({ to: "server", name: server, place: reading.yaml.place(path, "key") });
  }
  for (const [path, period] of periods) {
    if (durationMs(period) < YEAR_MS)
      reading.problems.push(problem("retention-short", { found: period }, reading.yaml.place(path), "warning"));
  }
  return {
    rotate: {
      bytes: rotate?.mib === undefined ? DEFAULT_LOG.rotate.bytes : rotate.mib * MIB,
      daily: rotate?.daily ?? DEFAULT_LOG.rotate.daily,
    },
    retention: {
      entries: periodOf(retention?.entries, DEFAULT_LOG.retention.entries),
      bodies: periodOf(retention?.bodies, DEFAULT_LOG.retention.bodies),
      servers: Object.fromEntries(
        Object.entries(retention?.servers ?? {}).map(([id_, each]) => [id_, durationMs(each)]),
      ),
    },
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function readTimestamp(
  reading: Reading,
  { url: written, ca, every }: NonNullable<z.infer<typeof logSchema>["timestamp"]>,
): TimestampConfig | undefined {
  const path: Path = ["log", "timestamp", "url"];
  const url = readUrl(reading, path, written);
  if (url === undefined) return undefined;
  if (!/^https?:$/.test(url.protocol)) {
    reading.problems.push(problem("bad-url", {}, reading.yaml.place(path)));
    return undefined;
  }
  return { url: url.href, ca, everyMs: periodOf(every, DAY_MS) };
}
