/** The shapes of what several kinds of entries hold. */

import type { Assertion } from "../approval/passkey.ts";
import type { Kind } from "../policy/call.ts";
import type { BodyRef, Target } from "./parts.ts";
import { count, list, object, optional, required, text, word } from "./shape.ts";

const KIND = word<Kind>("tool", "resource", "prompt", "completion");
export const REF = object<BodyRef>({ digest: required(text), bytes: required(count), redacted: optional(count) });
export const TARGET = object<Target>({ server: required(text), kind: required(KIND), name: required(text) });
export const ASSERTION = object<Assertion>({
  authenticatorData: required(text),
  clientData: required(text),
  batch: optional(list(text)),
});
export const MODE = word("same-user", "separate-user", "unknown");
