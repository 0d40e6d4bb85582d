/** What is to be told of a request that waits, by now: found anew each time, so that nothing depends on who looked when. Pure. */

import type { Approver } from "./approver.ts";
import { noticed, type Notice } from "./notice.ts";
import { answersTo, counts, openedAt } from "./quorum.ts";
import type { Request } from "./request.ts";
import type { Statement } from "./statement.ts";
import type { Missing } from "./tally.ts";

const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].toSorted();
/** Counted from 0. */
const stageOf = ({ stage }: Missing): number => (stage?.number ?? 1) - 1;

/** Times after the opening at which others are asked too, ms, ascending. */
const steps = ({ obligations }: Pick<Request, "obligations">): readonly number[] =>
  [...new Set(obligations.flatMap(({ escalate = [] }) => escalate.map(({ afterMs }) => afterMs)))].toSorted(
    (a, b) => a - b,
  );

/** When others are asked next, ms since the epoch; undefined where nobody else is. */
export function nextEscalation(request: Request, now: number): number | undefined {
  const from = openedAt(request);
  return steps(request)
    .map((afterMs) => from + afterMs)
    .find((at) => at > now);
}

/** That it was opened, the stages that are open, and who was asked beside them since; the same again while it waits. */
export function newsOf(
  request: Request,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): readonly Notice[] {
  const about = noticed(request);
  const news: Notice[] = [{ kind: "request.opened", about }];
  if (request.obligations.every(({ later, escalate }) => later === undefined && escalate === undefined)) return news;

  const missing = counts(request, answersTo(request, statements, approvers, now), now).flatMap(
    (one) => one.missing ?? [],
  );
  const openStages = [...new Set(missing.map(stageOf))].filter((stage) => stage > 0);
  for (const stage of openStages) {
    const here = missing.filter((one) => stageOf(one) === stage);
    const need = Math.max(...here.map((one) => one.need));
    news.push({ kind: "request.stage", about: { ...about, groups: union(here.map(({ from }) => from)), need }, stage });
  }
  const elapsed = now - openedAt(request);
  const lacking = new Set(missing.map(({ rule }) => rule));
  for (const [step, afterMs] of steps(request).entries()) {
    if (afterMs > elapsed) break;
    const asked = request.obligations.filter(({ rule }) => lacking.has(rule));
    const groups = union(
      asked.flatMap(({ escalate = [] }) => escalate.filter((one) => one.afterMs === afterMs).map(({ to }) => to)),
    );
    if (groups.length === 0) continue;
    const need = Math.max(...missing.map((one) => one.need));
    news.push({ kind: "request.escalated", about: { ...about, groups, need }, step });
  }
  return news;
}
