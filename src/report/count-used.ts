/** Which rights each agent has used: what it called or asked for, and the rules that let it through. Pure. */

import type { EntryBody, Target } from "../audit/entry.ts";
import type { Span } from "./agent-line.ts";

export interface Used {
  /** `kind:server/name`. */
  readonly names: ReadonlySet<string>;
  /** Servers to which something was, or would have been, written. */
  readonly writes: ReadonlySet<string>;
  /** Ids as entries have them: `<agent>#<id>`. */
  readonly rules: ReadonlySet<string>;
  /** More names than are kept: anything may have been used. */
  readonly all: boolean;
}

const MOST_NAMES = 20_000;

export function countUsed({ from, until }: Span) {
  const agents = new Map<string, { names: Set<string>; writes: Set<string>; rules: Set<string> }>();

  function use(agent: string, { kind, server, name }: Target, access?: "read" | "write", rules?: readonly string[]) {
    const used = agents.get(agent) ?? { names: new Set(), writes: new Set(), rules: new Set() };
    agents.set(agent, used);
    if (used.names.size <= MOST_NAMES) used.names.add(`${kind}:${server}/${name}`);
    if (access === "write") used.writes.add(server);
    for (const rule of rules ?? []) if (used.rules.size <= MOST_NAMES) used.rules.add(rule);
  }

  return {
    take(body: EntryBody, at: number): void {
      if (at < from || at >= until) return;
      if (body.kind === "call.intent" || body.kind === "request.opened")
        use(body.agent, body.target, body.why.access, body.why.rules);
      else if (body.kind === "request.edited" || body.kind === "resource.watched") use(body.agent, body.target);
    },
    end: (): ReadonlyMap<string, Used> =>
      new Map([...agents].map(([name, used]) => [name, { ...used, all: used.names.size > MOST_NAMES }])),
  };
}
