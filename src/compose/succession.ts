/**
 * Whether what a store holds as accepted follows from what a gate runs on (P12). Whoever can write the store can write a
 * row; what counts is that each link was let through by an approver of the configuration before it. Pure.
 */

import { verifyAcceptance } from "../approval/acceptance.ts";
import { areOfTwo, seasoned, signersFor, type Keeping, type Named } from "../audit/keeping.ts";
import { digestOf, type Files } from "../config/files.ts";
import { isOf } from "./consents.ts";
import type { AcceptedConfig } from "../store/store.ts";

/** One that is believed. */
export interface Held extends Keeping {
  readonly digest: string;
  /** Ms since the epoch; where it was signed, the signed time. */
  readonly acceptedAt: number;
}

export type Succession =
  | { readonly kind: "follows"; readonly last: AcceptedConfig; readonly acceptedAt: number }
  | { readonly kind: "refused"; readonly why: string };

/** When the link from `held` to `row` was made, or what is wrong with it. `named`: by what is held and what came before. */
function link(
  config: string,
  held: Held,
  row: AcceptedConfig,
  says: Keeping,
  named: readonly Named[],
): number | string {
  const { digest, previous, acceptance } = row;
  if (digestOf(row.files) !== digest) return "the state holds other files than it says";
  if (previous !== held.digest) return "it does not start from what was accepted before";
  const isLess = signersFor(held, says) === 2;
  if (held.approvers.length === 0) return isLess ? "nobody has signed that less is kept" : row.acceptedAt;
  const body = acceptance?.body;
  const isThis = body?.config === config && body.previous === previous && body.digest === digest;
  if (acceptance === undefined || !isThis || !verifyAcceptance(acceptance, held.approvers))
    return "no approver of what was accepted before has signed it";
  const { beside } = acceptance;
  const { acceptedAt } = acceptance.body;
  const isSecond =
    beside !== undefined &&
    isOf(beside, acceptance.body) &&
    beside.body.acceptedAt > held.acceptedAt &&
    areOfTwo([acceptance, beside], seasoned(named, acceptedAt));
  if (isLess && !isSecond) return "no two who were approvers for a month have signed that less is kept";
  // Once back where it started from, the same step would be good again.
  return acceptedAt > held.acceptedAt ? acceptedAt : "its signature is older than what it replaces";
}

/** `rows`: everything after `from`, oldest first; whom `from` names is taken to have been there all the time. `saysOf`: accepted files; undefined where they are unreadable. */
export async function succeed(
  config: string,
  from: Held,
  rows: readonly AcceptedConfig[],
  saysOf: (files: Files) => Promise<Keeping | undefined>,
): Promise<Succession> {
  let held = from;
  let last: AcceptedConfig | undefined;
  let named: readonly Named[] = [{ at: -Infinity, approvers: from.approvers }];
  for (const row of rows) {
    const says = await saysOf(row.files);
    if (says === undefined) return refused(`${row.digest} is not taken for accepted: it cannot be read`);
    const acceptedAt = link(config, held, row, says, named);
    if (typeof acceptedAt === "string") return refused(`${row.digest} is not taken for accepted: ${acceptedAt}`);
    held = { digest: row.digest, acceptedAt, ...says };
    named = [{ at: acceptedAt, approvers: says.approvers }, ...named];
    last = row;
  }
  return last === undefined
    ? refused("the state no longer holds what this gate runs on")
    : { kind: "follows", last, acceptedAt: held.acceptedAt };
}

const refused = (why: string): Succession => ({ kind: "refused", why });
