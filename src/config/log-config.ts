/** `log:` in kidoban.yaml: when a stream is succeeded by another, and how long what it holds is kept. */

import * as z from "zod";
import type { Json } from "../policy/json.ts";
import { duration, durationMs } from "./duration.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, say, strict, valid } from "./shape.ts";
import type { Path } from "./yaml-place.ts";

/** Ms. */
export interface Retention {
  /** Whole streams, once their every entry is older. */
  readonly entries: number;
  /** Arguments and results. */
  readonly bodies: number;
  /** Of calls of one server, where it is otherwise. */
  readonly servers: Readonly<Record<string, number>>;
}

export interface LogConfig {
  readonly rotate: {
    /** Of a stream's entries and bodies together. */
    readonly bytes: number;
    /** At UTC midnight. */
    readonly daily: boolean;
  };
  readonly retention: Retention;
}

const YEAR_MS = durationMs("1y");
const MIB = 1024 * 1024;

/** What holds where `log:` is silent. Five years: what companies commonly ask of records that somebody may have to answer for. */
export const DEFAULT_LOG: LogConfig = {
  rotate: { bytes: 64 * MIB, daily: true },
  retention: { entries: 5 * YEAR_MS, bodies: 5 * YEAR_MS, servers: {} },
};

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
  const of = (period: string | undefined, otherwise: number) => (period === undefined ? otherwise : durationMs(period));
  return {
    rotate: {
      bytes: rotate?.mib === undefined ? DEFAULT_LOG.rotate.bytes : rotate.mib * MIB,
      daily: rotate?.daily ?? DEFAULT_LOG.rotate.daily,
    },
    retention: {
      entries: of(retention?.entries, DEFAULT_LOG.retention.entries),
      bodies: of(retention?.bodies, DEFAULT_LOG.retention.bodies),
      servers: Object.fromEntries(
        Object.entries(retention?.servers ?? {}).map(([id_, each]) => [id_, durationMs(each)]),
      ),
    },
  };
}

/** Whether something would be kept less long by `now` than by `old`. */
export function isShorter(old: Retention, now: Retention): boolean {
  const of = (one: Retention, server: string): number => one.servers[server] ?? one.bodies;
  const servers = [...Object.keys(old.servers), ...Object.keys(now.servers)];
  return (
    now.entries < old.entries || now.bodies < old.bodies || servers.some((server) => of(now, server) < of(old, server))
  );
}

/** The longest of each. */
export function longest([first = DEFAULT_LOG.retention, ...others]: readonly Retention[]): Retention {
  return others.reduce((all, one) => {
    const servers = new Set([...Object.keys(all.servers), ...Object.keys(one.servers)]);
    return {
      entries: Math.max(all.entries, one.entries),
      bodies: Math.max(all.bodies, one.bodies),
      servers: Object.fromEntries(
        [...servers].map((server) => [
          server,
          Math.max(all.servers[server] ?? all.bodies, one.servers[server] ?? one.bodies),
        ]),
      ),
    };
  }, first);
}
