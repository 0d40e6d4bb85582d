/**
 * A change that takes evidence away sooner needs two approvers: the first signature is kept as a note until another one of
 * the accepted configuration signs the same step. Whoever can write the store can write a note; each signature is checked.
 */

import type { Acceptance, AcceptanceBody } from "../approval/acceptance.ts";
import type { Approver } from "../approval/approver.ts";
import { commonApprovers } from "../approval/common.ts";
import { areOfTwo, SEASON_MS, seasoned, type Named } from "../audit/keeping.ts";
import type { Files } from "../config/files.ts";
import type { AcceptedConfig, Store } from "../store/store.ts";

/** Of those who count now, who did all the last month: see audit/keeping.ts. `rows`: all that was accepted, oldest first. */
export async function seasonedNow(
  rows: readonly AcceptedConfig[],
  counted: readonly Approver[],
  now: number,
  saysOf: (files: Files) => Promise<Pick<Named, "approvers"> | undefined>,
): Promise<readonly Approver[]> {
  const named: Named[] = [];
  for (const { files, acceptedAt, previous } of rows.toReversed()) {
    const says = await saysOf(files);
    if (says === undefined) break;
    named.push({ at: previous === undefined ? -Infinity : acceptedAt, approvers: says.approvers });
    if (acceptedAt <= now - SEASON_MS) break;
  }
  return commonApprovers([counted, seasoned(named, now)]);
}

/** Of just this step: the same files after the same ones. */
type Step = Pick<AcceptanceBody, "config" | "previous" | "digest">;

const noteOf = ({ config, previous, digest }: Step): string => `consent/${config}/${previous}/${digest}`;

export const isOf = ({ body }: Acceptance, { config, previous, digest }: Step): boolean =>
  body.config === config && body.previous === previous && body.digest === digest;

/** The signature that waits for `signed`, of somebody else; undefined where there is none, and then `signed` waits. */
export async function consentBeside(
  store: Store,
  signed: Acceptance,
  approvers: readonly Approver[],
): Promise<Acceptance | undefined> {
  const waiting = read(await store.note(noteOf(signed.body)));
  if (waiting !== undefined && isOf(waiting, signed.body) && areOfTwo([waiting, signed], approvers)) return waiting;
  await store.setNote(noteOf(signed.body), JSON.stringify(signed));
  return undefined;
}

function read(note: string | undefined): Acceptance | undefined {
  if (note === undefined) return undefined;
  try {
    const value = JSON.parse(note) as Partial<Acceptance> | null;
    return typeof value?.body === "object" && typeof value.key === "string" && typeof value.signature === "string"
      ? (value as Acceptance)
      : undefined;
  } catch {
    return undefined;
  }
}
