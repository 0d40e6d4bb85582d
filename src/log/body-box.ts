/** Bodies of one stream on their way into its file: what of each is kept, and under which nonce it is digested. */

import type { BodyPath } from "../audit/body-paths.ts";
import type { BodyRef } from "../audit/entry.ts";
import type { Redact } from "../audit/redact.ts";
import { addBody, freshNonce } from "./body.ts";
import type { Disk } from "./disk.ts";
import { Outbox } from "./outbox.ts";

export class BodyBox extends Outbox {
  readonly #redact: Redact;
  /** Of bodies that are only digested, whose references are still held. */
  readonly #nonces = new WeakMap<BodyRef, string>();

  constructor(disk: Disk, roomBytes: number, redact: Redact) {
    super(disk, roomBytes);
    this.#redact = redact;
  }

  /** As `AuditLog.body` says it; `isOpen`: it may have a line. Whether it has one shows in `length`. */
  take(text: string, keep: boolean | "json", isOpen: boolean, beside?: BodyRef, hidden?: readonly BodyPath[]): BodyRef {
    const shared = beside === undefined || keep !== false ? undefined : this.#nonces.get(beside);
    const nonce = shared ?? freshNonce();
    const isNew = isOpen && shared === undefined;
    // What is only digested under a nonce tells nobody anything.
    const found = isNew && keep !== false ? this.#redact(text, keep === "json", hidden) : undefined;
    const kept = addBody(this, nonce, found?.text ?? text, isNew ? keep : undefined);
    const ref = found === undefined ? kept : { ...kept, redacted: found.found };
    if (isNew && keep === false) this.#nonces.set(ref, nonce);
    return ref;
  }
}
