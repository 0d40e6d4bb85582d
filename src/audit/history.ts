/** Which configurations were accepted and when, as the entries of all streams say. Keeps one fact of each. Pure. */

import type { EntryBody } from "./entry.ts";
import type { Placed } from "./order.ts";

type Accepted = Extract<EntryBody, { readonly kind: "config.accepted" }>;

export interface AcceptedAt extends Placed {
  readonly body: Accepted;
}

/** Two processes may both find the same state of things. */
export const MOMENT_MS = 60_000;

export function acceptedHistory() {
  const all: AcceptedAt[] = [];
  const of = (path: string, at: number): readonly AcceptedAt[] =>
    all.filter((each) => each.body.config === path && each.at <= at).toSorted((a, b) => b.at - a.at);

  return {
    all: all as readonly AcceptedAt[],
    add: (one: AcceptedAt): void => void all.push(one),
    /** Whose first acceptance was the earliest stands first. */
    paths: (): readonly string[] => [
      ...new Set(all.toSorted((a, b) => a.at - b.at).flatMap(({ body }) => body.config ?? [])),
    ],
    /** What was accepted of a path last; where two were at once, all that came after the same one: only one of them held. */
    lastOf(path: string, at: number): readonly AcceptedAt[] {
      const found = of(path, at + MOMENT_MS);
      const [last] = found;
      return found.filter(
        (one) => last !== undefined && one.body.previous === last.body.previous && one.at >= last.at - MOMENT_MS,
      );
    },
    /** From the configuration of this digest back, as each says what came before it. */
    back(path: string, digest: string, at: number): readonly AcceptedAt[] {
      const found: AcceptedAt[] = [];
      let wanted: string | undefined = digest;
      for (const each of of(path, at)) {
        if (each.body.digest !== wanted) continue;
        found.push(each);
        wanted = each.body.first ? undefined : each.body.previous;
      }
      return found;
    },
  };
}

export type History = ReturnType<typeof acceptedHistory>;
