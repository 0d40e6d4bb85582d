/** What can be found about how far the gate is apart from each agent. Pure. */

import { finding, type Finding } from "./finding.ts";
import type { Doubt, AgentMode } from "./mode.ts";

/** As many places as a person will look at one by one. */
const SHOWN = 5;

/** `modes`: of every agent that has a manifest. */
export function apartFindings(modes: ReadonlyMap<string, AgentMode>): readonly Finding[] {
  const unsaid = [...modes.values()].some(({ user }) => user === undefined);
  return [
    ...[...modes].flatMap(([agent, { mode, user, doubts }]) => {
      if (user === undefined) return [];
      return mode === "separate-user"
        ? [finding("separate-user", "note", { agent, user })]
        : doubts.flatMap((doubt) => doubtFindings(agent, user, doubt));
    }),
    ...(unsaid || modes.size === 0 ? [finding("same-user", "note", {})] : []),
  ];
}

function doubtFindings(agent: string, user: string, doubt: Doubt): readonly Finding[] {
  switch (doubt.kind) {
    case "no-such-user":
      return [finding("user-unknown", "warning", { agent, user })];
    case "own-user":
      return [finding("user-own", "warning", { agent, user })];
    case "unseen":
      return [finding("user-unseen", "warning", { agent, user, reason: doubt.reason })];
    case "powerful":
      return [finding("user-powerful", "warning", { agent, user, groups: doubt.groups.join(", ") })];
    case "shared-socket":
      return [finding("socket-shared", "warning", { agent, user, others: doubt.users.join(", ") }, doubt.path)];
    case "reaches": {
      const { openings } = doubt;
      const shown = openings
        .slice(0, SHOWN)
        .map(({ path, by, mode }) => finding("user-reaches", "warning", { agent, user, by, mode }, path));
      const more = openings.length - shown.length;
      return more === 0 ? shown : [...shown, finding("user-reaches-more", "warning", { user, more: String(more) })];
    }
  }
}
