/** How long what the log holds is kept, and what of two is less. Pure. */

/** Ms. */
export interface Retention {
  /** Whole streams, once their every entry is older. */
  readonly entries: number;
  /** Arguments and results. */
  readonly bodies: number;
  /** Of calls of one server, where it is otherwise. */
  readonly servers: Readonly<Record<string, number>>;
}

export const YEAR_MS = 365 * 86_400_000;

/** Five years: what companies commonly ask of records that somebody may have to answer for. */
export const DEFAULT_RETENTION: Retention = { entries: 5 * YEAR_MS, bodies: 5 * YEAR_MS, servers: {} };

/** Whether something would be kept less long by `now` than by `old`. */
export function isShorter(old: Retention, now: Retention): boolean {
  const of = (one: Retention, server: string): number => one.servers[server] ?? one.bodies;
  const servers = [...Object.keys(old.servers), ...Object.keys(now.servers)];
  return (
    now.entries < old.entries || now.bodies < old.bodies || servers.some((server) => of(now, server) < of(old, server))
  );
}

const joined =
  (pick: (one: number, other: number) => number) =>
  ([first = DEFAULT_RETENTION, ...others]: readonly Retention[]): Retention =>
    others.reduce((all, one) => {
      const servers = new Set([...Object.keys(all.servers), ...Object.keys(one.servers)]);
      return {
        entries: pick(all.entries, one.entries),
        bodies: pick(all.bodies, one.bodies),
        servers: Object.fromEntries(
          [...servers].map((server) => [
            server,
            pick(all.servers[server] ?? all.bodies, one.servers[server] ?? one.bodies),
          ]),
        ),
      };
    }, first);

/** The longest of each, and the shortest. */
export const longest = joined(Math.max);
export const leastOf = joined(Math.min);
