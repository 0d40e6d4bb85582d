/**
 * Whether what a store holds as accepted follows from what a gate runs on (P12). Whoever can write the store can write a
 * row; what counts is that each link was let through by an approver of the configuration before it. Pure.
 */

import { verifyAcceptance } from "../approval/acceptance.ts";
import type { Approver } from "../approval/approver.ts";
import { digestOf, type Files } from "../config/files.ts";
import { isShorter, type Retention } from "../config/retention.ts";
import { areTwo, isOf } from "./consents.ts";
import type { AcceptedConfig } from "../store/store.ts";

/** One that is believed. */
export interface Held {
  readonly digest: string;
  /** Ms since the epoch; where it was signed, the signed time. */
  readonly acceptedAt: number;
  readonly approvers: readonly Approver[];
  readonly retention: Retention;
}

/** What accepted files say of who may accept the next, and how long is kept. */
export type Says = Pick<Held, "approvers" | "retention">;

export type Succession =
  | { readonly kind: "follows"; readonly last: AcceptedConfig; readonly acceptedAt: number }
  | { readonly kind: "refused"; readonly why: string };

/** When the link from `held` to `row` was made, or what is wrong with it. */
function link(config: string, held: Held, row: AcceptedConfig, says: Says): number | string {
  const { digest, previous, acceptance } = row;
  if (digestOf(row.files) !== digest) return "the state holds other files than it says";
  if (previous !== held.digest) return "it does not start from what was accepted before";
  const isShort = isShorter(held.retention, says.retention);
  if (held.approvers.length === 0) return isShort ? "nobody has signed that less long is kept" : row.acceptedAt;
  const body = acceptance?.body;
  const isThis = body?.config === config && body.previous === previous && body.digest === digest;
  if (acceptance === undefined || !isThis || !verifyAcceptance(acceptance, held.approvers))
    return "no approver of what was accepted before has signed it";
  const { beside } = acceptance;
  const isSecond =
    beside !== undefined &&
    isOf(beside, acceptance.body) &&
    beside.body.acceptedAt > held.acceptedAt &&
    areTwo(acceptance, beside, held.approvers);
  if (isShort && !isSecond) return "only one approver has signed that less long is kept";
  // Once back where it started from, the same step would be good again.
  const { acceptedAt } = acceptance.body;
  return acceptedAt > held.acceptedAt ? acceptedAt : "its signature is older than what it replaces";
}

/** `rows`: everything after `from`, oldest first. `saysOf`: accepted files; undefined where they are unreadable. */
export async function succeed(
  config: string,
  from: Held,
  rows: readonly AcceptedConfig[],
  saysOf: (files: Files) => Promise<Says | undefined>,
): Promise<Succession> {
  let held = from;
  let last: AcceptedConfig | undefined;
  for (const row of rows) {
    const says = await saysOf(row.files);
    if (says === undefined) return refused(`${row.digest} is not taken for accepted: it cannot be read`);
    const acceptedAt = link(config, held, row, says);
    if (typeof acceptedAt === "string") return refused(`${row.digest} is not taken for accepted: ${acceptedAt}`);
    held = { digest: row.digest, acceptedAt, ...says };
    last = row;
  }
  return last === undefined
    ? refused("the state no longer holds what this gate runs on")
    : { kind: "follows", last, acceptedAt: held.acceptedAt };
}

const refused = (why: string): Succession => ({ kind: "refused", why });
