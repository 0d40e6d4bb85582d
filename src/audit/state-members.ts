/** The members of entries about copies of the state, in their order: see members.ts. */

import type { LedgerPlace, StateEntry } from "./state-entry.ts";
import { count, flag, object, optional, required, text, type Shape } from "./shape.ts";

type Facts<K extends StateEntry["kind"]> = Omit<Extract<StateEntry, { readonly kind: K }>, "kind">;

const t = required(text);
const n = required(count);
const place = object<LedgerPlace>({ size: n, root: t });
const voided = object<Facts<"epoch.began">["voided"]>({ requests: n, passes: n, tokens: n });

export const STATE_SHAPES: { readonly [K in StateEntry["kind"]]: Shape<Facts<K>> } = {
  "backup.made": object<Facts<"backup.made">>({ backup: t, at: required(place), keys: required(flag), by: t }, 1),
  "epoch.began": object<Facts<"epoch.began">>(
    { epoch: t, backup: t, from: required(place), lost: optional(place), voided: required(voided), stops: n, by: t },
    1,
  ),
};
