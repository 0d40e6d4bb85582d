/** The members of entries about changed arguments and passes, in the order in which they stand in a line. */

import { canonical } from "../approval/digest.ts";
import type { PassBody, PassSignature } from "../approval/pass.ts";
import { REF, TARGET } from "./part-shapes.ts";
import type { PassEntry } from "./pass-entry.ts";
import { count, json, list, object, optional, required, text, type Members, type Shape } from "./shape.ts";

const t = required(text);
const n = required(count);
const ref = required(REF);
const target = required(TARGET);

type Facts<K extends PassEntry["kind"]> = Omit<Extract<PassEntry, { readonly kind: K }>, "kind">;
const facts = <K extends PassEntry["kind"]>(members: Members<Facts<K>>): Shape<Facts<K>> =>
  object<Facts<K>>(members, 1);

/** Whole, in its canonical form (JCS): what it must look like is for whoever checks its signatures. */
const whole = <T extends object>(): Shape<T> => ({
  is: (value): value is T => typeof value === "object" && value !== null && !Array.isArray(value),
  write: canonical,
});

export const PASS_SHAPES: { readonly [K in PassEntry["kind"]]: Shape<Facts<K>> } = {
  "request.edited": facts<"request.edited">({
    request: t,
    from: t,
    call: t,
    agent: t,
    target,
    by: t,
    before: ref,
    args: ref,
    action: t,
    nonce: t,
    shown: t,
    expiresAt: n,
    obligations: required(list(json)),
  }),
  "pass.issued": facts<"pass.issued">({
    pass: t,
    agent: t,
    target,
    by: t,
    body: required(whole<PassBody>()),
    signatures: required(list(whole<PassSignature>())),
  }),
  "pass.used": facts<"pass.used">({ pass: t, call: t, agent: t, use: n, signers: required(list(text)) }),
  "pass.refused": facts<"pass.refused">({ pass: t, call: optional(text), agent: t, reason: t }),
  "pass.revoked": facts<"pass.revoked">({ pass: t, agent: t, by: t }),
};
