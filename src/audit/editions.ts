/** Archived configurations as entries name them, and what two of them put in force together (P12). Reads each when it is named. */

import type { Approver } from "../approval/approver.ts";
import { commonApprovers } from "../approval/common.ts";
import type { LockedItem } from "../policy/manifest.ts";
import type { Policy } from "../policy/policy.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";
import { archivedPolicy, readArchive, type ArchivedConfig } from "./archive.ts";
import type { ConfigRef } from "./entry.ts";
import type { Chunks } from "./lines.ts";

/** An archived configuration: see archive.ts. */
export interface ConfigFile {
  /** By which its file is named. */
  readonly digest: string;
  readonly chunks: Chunks;
}

type ArchiveFault = "config-missing" | "config-changed";

export interface Archives {
  /** What stands under a reference, its digests proven. */
  read(ref: ConfigRef): Promise<ArchivedConfig | ArchiveFault>;
}

/** Parsed ones that are kept: gates start often, and mostly with the same. */
const MOST_KEPT = 8;

/** More than what is kept of any configuration: its files may have 4 MiB each. */
const MOST_ARCHIVE_BYTES = 256 * 1024 * 1024;

export function openArchives(files: readonly ConfigFile[]): Archives {
  const byDigest = new Map(files.map((file) => [file.digest, file]));
  const kept = new Map<string, ArchivedConfig | ArchiveFault>();

  async function look(digest: string): Promise<ArchivedConfig | ArchiveFault> {
    const file = byDigest.get(digest);
    if (file === undefined) return "config-missing";
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of file.chunks) {
      bytes += part.length;
      if (bytes > MOST_ARCHIVE_BYTES) return "config-changed";
      parts.push(part);
    }
    return readArchive(Buffer.concat(parts).toString("utf8"), digest) ?? "config-changed";
  }

  return {
    async read({ digest, archive }) {
      const found = kept.get(archive) ?? (await look(archive));
      // The one that was used last stands last.
      kept.delete(archive);
      kept.set(archive, found);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(oldest);
      }
      return typeof found === "string" || found.digest === digest ? found : "config-changed";
    },
  };
}

/** Gives what the conditions of a configuration parse SQL with; where a dialect is missing, they have no answer (P11). */
export type SqlLoader = (archived: ArchivedConfig) => Promise<SqlReaders>;

/** What the calls of a stream were decided by, from one entry on. */
export interface Applied {
  /** When it came into force, ms. */
  readonly at: number;
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  readonly approvers: readonly Approver[];
  /** Of one agent: accepted, then proposed. Throws where an archive is none of this program's making. */
  policies(agent: string): readonly [Policy, ...Policy[]];
  /** Of the accepted lock. */
  items(server: string): readonly LockedItem[];
  endpoint(server: string): string | undefined;
}

export async function appliedOf(
  at: number,
  accepted: ArchivedConfig,
  proposed: ArchivedConfig | undefined,
  sqlFor: SqlLoader,
): Promise<Applied> {
  const both = [accepted, ...(proposed === undefined ? [] : [proposed])];
  const sql = new Map((await Promise.all(both.map(sqlFor))).flatMap((readers) => [...readers]));
  const made = new Map<string, readonly [Policy, ...Policy[]]>();
  const locks = new Map(accepted.locks);
  const servers = new Map(accepted.servers);
  return {
    at,
    config: accepted.config,
    approvers: commonApprovers(both.map((one) => one.approvers)),
    policies(agent) {
      const known = made.get(agent);
      if (known !== undefined) return known;
      const fresh: readonly [Policy, ...Policy[]] = [
        archivedPolicy(accepted, agent, sql),
        ...(proposed === undefined ? [] : [archivedPolicy(proposed, agent, sql)]),
      ];
      made.set(agent, fresh);
      return fresh;
    },
    items: (server) => locks.get(server)?.items ?? [],
    endpoint: (server) => servers.get(server)?.endpoint,
  };
}
