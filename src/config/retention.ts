/** When a stream is succeeded by another, and how long what it holds is kept: what is compared, and what holds where nothing is said. Pure. */

/** Ms. */
export interface Retention {
  /** Whole streams, once their every entry is older. */
  readonly entries: number;
  /** Arguments and results. */
  readonly bodies: number;
  /** Of calls of one server, where it is otherwise. */
  readonly servers: Readonly<Record<string, number>>;
}

/** Who says from outside when a checkpoint was there (RFC 3161). */
export interface TimestampConfig {
  readonly url: string;
  /** PEM file of the authority's root, as written: from the configuration's folder. */
  readonly ca: string;
  readonly everyMs: number;
}

export interface LogConfig {
  readonly rotate: {
    /** Of a stream's entries and bodies together. */
    readonly bytes: number;
    /** At UTC midnight. */
    readonly daily: boolean;
  };
  readonly retention: Retention;
  readonly timestamp?: TimestampConfig;
}

export const DAY_MS = 86_400_000;
export const YEAR_MS = 365 * DAY_MS;
export const MIB = 1024 * 1024;

/** What holds where `log:` is silent. Five years: what companies commonly ask of records that somebody may have to answer for. */
export const DEFAULT_LOG: LogConfig = {
  rotate: { bytes: 64 * MIB, daily: true },
  retention: { entries: 5 * YEAR_MS, bodies: 5 * YEAR_MS, servers: {} },
};

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
