/** `log:` in kidoban.yaml: when a stream is succeeded by another, and how long what it holds is kept. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { duration, durationMs } from "./duration.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { DEFAULT_LOG, MIB, YEAR_MS, type LogConfig } from "./retention.ts";
import { id, say, strict, valid } from "./shape.ts";
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
});

const periodOf = (written: string | undefined, otherwise: number): number =>
  written === undefined ? otherwise : durationMs(written);

/** Undefined when there is none, or anything in it is wrong. */
export function readLog(reading: Reading, raw: Json | undefined): LogConfig | undefined {
  const written = raw === undefined ? undefined : valid(logSchema, raw);
  if (written === undefined) return undefined;
  const { rotate, retention } = written;
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
  };
}
