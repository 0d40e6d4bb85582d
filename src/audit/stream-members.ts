/** The members of entries about streams, in the order in which they stand in a line. */

import { MODE } from "./part-shapes.ts";
import { count, list, object, optional, required, text, type Members, type Shape } from "./shape.ts";
import type { Follows, StreamEntry } from "./stream-entry.ts";

const t = required(text);
const t_ = optional(text);
const n = required(count);

type Facts<K extends StreamEntry["kind"]> = Omit<Extract<StreamEntry, { readonly kind: K }>, "kind">;
const facts = <K extends StreamEntry["kind"]>(members: Members<Facts<K>>): Shape<Facts<K>> =>
  object<Facts<K>>(members, 1);

const follows = object<Follows>({ stream: t, reason: t, open: required(list(text)) });

export const STREAM_SHAPES: { readonly [K in StreamEntry["kind"]]: Shape<Facts<K>> } = {
  "stream.opened": facts<"stream.opened">({
    stream: t,
    log: t,
    key: t,
    program: t,
    version: t,
    mode: required(MODE),
    agent: t_,
    config: t_,
    follows: optional(follows),
  }),
  "stream.closed": facts<"stream.closed">({ reason: t }),
  "stream.recovered": facts<"stream.recovered">({
    stream: t,
    size: n,
    torn: n,
    tail: t_,
    open: required(list(text)),
    doubt: t_,
  }),
};
