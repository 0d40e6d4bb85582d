/** The members of entries about reports and evidence, in the order in which they stand in a line. */

import type { ExportEntry } from "./export-entry.ts";
import { ASSERTION } from "./part-shapes.ts";
import { count, object, optional, required, text, word, type Members, type Shape } from "./shape.ts";

const t = required(text);

type Facts<K extends ExportEntry["kind"]> = Omit<Extract<ExportEntry, { readonly kind: K }>, "kind">;
const facts = <K extends ExportEntry["kind"]>(members: Members<Facts<K>>): Shape<Facts<K>> =>
  object<Facts<K>>(members, 1);

export const EXPORT_SHAPES: { readonly [K in ExportEntry["kind"]]: Shape<Facts<K>> } = {
  "export.made": facts<"export.made">({
    what: required(word("report", "evidence")),
    digest: t,
    from: t,
    until: t,
    by: t,
  }),
  "report.signed": facts<"report.signed">({
    digest: t,
    from: t,
    until: t,
    origin: t,
    size: required(count),
    root: t,
    approver: t,
    signedAt: required(count),
    comment: optional(text),
    key: t,
    signature: t,
    passkey: optional(ASSERTION),
  }),
};
