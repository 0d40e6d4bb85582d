/** The members of entries about retention, in the order in which they stand in a line. */

import { ASSERTION } from "./part-shapes.ts";
import type { Consent, Pruned, RetentionEntry } from "./retention-entry.ts";
import { count, list, object, optional, required, text, type Members, type Shape } from "./shape.ts";

const t = required(text);
const n = required(count);

type Facts<K extends RetentionEntry["kind"]> = Omit<Extract<RetentionEntry, { readonly kind: K }>, "kind">;
const facts = <K extends RetentionEntry["kind"]>(members: Members<Facts<K>>): Shape<Facts<K>> =>
  object<Facts<K>>(members, 1);

const pruned = object<Pruned>({ stream: t, size: n, root: t, until: t });
export const CONSENT = object<Consent>({
  approver: t,
  acceptedAt: n,
  key: t,
  signature: t,
  passkey: optional(ASSERTION),
});

export const RETENTION_SHAPES: { readonly [K in RetentionEntry["kind"]]: Shape<Facts<K>> } = {
  "bodies.pruned": facts<"bodies.pruned">({ stream: t, count: n, bytes: n, rule: t }),
  "streams.pruned": facts<"streams.pruned">({ streams: required(list(pruned)), rule: t }),
  "retention.changed": facts<"retention.changed">({
    config: t,
    digest: t,
    previous: t,
    from: t,
    to: t,
    consents: required(list(CONSENT)),
  }),
};
