/** What an agent may be shown: everything that some call of it could be let through to. Pure. */

import type { Effect, Kind } from "./call.ts";
import { isNeverLetThrough } from "./apply.ts";
import type { Policy, Target } from "./bound.ts";
import type { Live } from "./decide.ts";
import type { LockedItem } from "./manifest.ts";

export type { Live } from "./decide.ts";

export interface Visible {
  readonly server: string;
  readonly item: LockedItem;
  /** Whether some call of it would wait for a human. */
  readonly mayAsk: boolean;
  /** "depends" where the arguments decide. */
  readonly effect: Effect | "depends";
}

const KINDS: readonly Kind[] = ["tool", "resource", "prompt", "completion"];

/** By server, kind and name, in code-unit order. Never depends on approvals given, so a list says nothing of them. */
export function visible(policy: Policy, live: Live): readonly Visible[] {
  return [...policy.servers]
    .filter(([, { otherEndpoint }]) => otherEndpoint === undefined)
    .toSorted(byKey)
    .flatMap(([server, { targets }]) =>
      KINDS.flatMap((kind) =>
        [...targets[kind]]
          .filter(([name, target]) => isShown(kind, target) && !live.quarantined(server, kind, name))
          .toSorted(byKey)
          .map(([, { item, effects }]) => ({
            server,
            item,
            mayAsk: effects.has("ask"),
            effect: staticEffect({ effects }),
          })),
      ),
    );
}

/** Nobody approves what is typed letter by letter, so a completion that asks is as good as denied. */
export const isShown = (kind: Kind, { effects }: Pick<Target, "effects">): boolean =>
  kind === "completion" ? effects.has("allow") : !isNeverLetThrough(effects);

/** What every call of it comes to, if they all come to the same. */
export function staticEffect({ effects }: Pick<Target, "effects">): Effect | "depends" {
  const [only, ...others] = effects;
  return only === undefined || others.length > 0 ? "depends" : only;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
