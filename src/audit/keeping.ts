/**
 * When a change keeps less, and who may sign that. What was kept may go sooner: two people, always. Of what comes, less is
 * kept: two where two may accept. Each was somebody who may accept for a month before, or from the first acceptance on, so
 * that nobody is made for it. Pure.
 */

import { verifyAcceptance, type Acceptance } from "../approval/acceptance.ts";
import { may, type Approver } from "../approval/approver.ts";
import { commonApprovers } from "../approval/common.ts";
import { recordsLess, type Recording } from "./recording.ts";
import { isShorter, type Retention } from "./retention.ts";

/** What a configuration says of it. */
export interface Keeping {
  readonly approvers: readonly Approver[];
  readonly retention: Retention;
  readonly recordings: readonly (readonly [string, Recording])[];
}

/** How many have to sign that `now` comes after `old`, because less is kept: 2, or 0 where nothing is to be signed for that. */
export function signersFor(old: Keeping, now: Keeping): 0 | 2 {
  if (isShorter(old.retention, now.retention)) return 2;
  const recordings = new Map(now.recordings);
  const isLess = old.recordings.some(([server, before]) => {
    const after = recordings.get(server);
    return after !== undefined && recordsLess(before, after);
  });
  return isLess && mayTwo(old.approvers) ? 2 : 0;
}

/** Whether there are two who may accept. */
export const mayTwo = (approvers: readonly Approver[]): boolean =>
  approvers.filter((one) => may(one, "accept")).length >= 2;

/** Whether the good ones among these signatures are of two people, each by a key of their own. */
export function areOfTwo(signed: readonly Acceptance[], approvers: readonly Approver[]): boolean {
  const good = signed.filter((one) => verifyAcceptance(one, approvers));
  return new Set(good.map(({ body }) => body.approver)).size >= 2 && new Set(good.map(({ key }) => key)).size >= 2;
}

/** Long enough that somebody notices who was added. */
export const SEASON_MS = 30 * 86_400_000;

/** Whom a configuration named, from a moment on, ms; `-Infinity` for the first that was accepted. */
export interface Named {
  readonly at: number;
  readonly approvers: readonly Approver[];
}

/**
 * Those who were there all the time, by what all of that time say of them. `before`: the one that is replaced, then those
 * before it. Nobody where that does not reach back far enough.
 */
export function seasoned(before: readonly Named[], at: number): readonly Approver[] {
  const since = before.findIndex((one) => one.at <= at - SEASON_MS);
  return since < 0 ? [] : commonApprovers(before.slice(0, since + 1).map(({ approvers }) => approvers));
}
