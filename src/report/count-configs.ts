/** Which configurations were accepted in a period, and under which digests the log's archive holds them. Pure. */

import type { ConfigRef, EntryBody } from "../audit/entry.ts";
import type { Span } from "./agent-line.ts";

interface Accepted {
  readonly at: number;
  readonly digest: string;
  readonly previous: string | undefined;
  readonly by: string;
  readonly signed: boolean;
  readonly first: boolean;
}

export interface CountedConfigs {
  /** Oldest first. */
  readonly accepted: readonly Accepted[];
  /** Digest of a configuration to that of its archive. */
  readonly archives: ReadonlyMap<string, string>;
}

const MOST = 1000;

export function countConfigs({ from, until }: Span) {
  const accepted: Accepted[] = [];
  const archives = new Map<string, string>();
  const known = ({ digest, archive }: ConfigRef): void => {
    if (archives.size < MOST * 10) archives.set(digest, archive);
  };
  return {
    take(body: EntryBody, at: number): void {
      if (body.kind === "config.applied") {
        known(body.accepted);
        if (body.proposed !== undefined) known(body.proposed);
      }
      if (body.kind !== "config.accepted") return;
      const { digest, archive, previous, by, signature, first } = body;
      if (archive !== undefined) known({ digest, archive });
      if (at < from || at >= until || accepted.length >= MOST) return;
      accepted.push({ at, digest, previous, by, signed: signature !== undefined, first });
    },
    end: (): CountedConfigs => ({ accepted: accepted.toSorted((a, b) => a.at - b.at), archives }),
  };
}
