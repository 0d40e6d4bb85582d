/**
 * Resources that the agent is told of when they are updated. Who may not read one is not told of it either, and what was
 * allowed is looked at again with every update (P1). Each is on record before its server hears of it (P4).
 */

import type { Call } from "../policy/call.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, unknownName, worded } from "./answers.ts";
import { decideInForce } from "./in-force.ts";
import type { Answer, Watching } from "./ports.ts";
import type { GateState, Watches } from "./state.ts";

/** More would only be a way to fill memory. */
const MAX_WATCHES = 1000;

interface Watch {
  readonly server: string;
  readonly uri: string;
  readonly updated: (uri: string) => void;
}

/** One below another, as a folder's file: the server may name that one instead (server/resources, "Subscriptions"). */
const isBelow = (uri: string, watched: string): boolean =>
  uri === watched || uri.startsWith(watched.endsWith("/") ? watched : `${watched}/`);

const refused = (answer: Answer): Watching => ({
  kind: "refused",
  error: answer.kind === "error" ? answer.text : "",
});
const said = (message: string): Watching => refused(worded("resource", refusal(message)));

export function openWatches(gate: GateState): Watches {
  const open = new Set<Watch>();

  const end = async (watch: Watch): Promise<void> => {
    open.delete(watch);
    if ([...open].some(({ server, uri }) => server === watch.server && uri === watch.uri)) return;
    (await gate.servers.ensure(watch.server, Infinity)).unwatch(watch.uri);
  };

  return {
    async open(uri, client, updated) {
      const { standing } = gate.stops;
      if (standing !== undefined) return said(words.stopped(standing.reason));
      if (gate.log.sealed !== undefined) return said(words.sealed);
      if (open.size >= MAX_WATCHES) return said(words.tooManyWatches(MAX_WATCHES));
      const exposed = gate.catalog().find("resource", uri);
      if (exposed === undefined || gate.parts.secrets.carries(uri))
        return refused(unknownName({ kind: "resource", name: uri, client }));
      const { server, item } = exposed;
      const call: Call = { agent: gate.agent, server, kind: "resource", name: item.name, args: { uri } };
      const { effect } = decideInForce(gate.parts.inForce(), call, gate.servers.live);
      if (effect !== "allow") return said(words.watchHeld);
      const target = { server, kind: "resource", name: item.name } as const;
      gate.log.record({
        kind: "resource.watched",
        agent: gate.agent,
        target,
        args: gate.log.body(JSON.stringify(call.args), "json"),
      });
      await gate.log.written();
      const watch: Watch = { server, uri, updated };
      open.add(watch);
      if (!(await (await gate.servers.ensure(server, Infinity)).watch(uri))) {
        open.delete(watch);
        return said(words.notWatched(server));
      }
      return { kind: "watching", end: () => void end(watch).catch(() => undefined) };
    },
    adopt(id, server) {
      server.onUpdated((uri) => {
        if (gate.stops.standing !== undefined || gate.catalog().find("resource", uri)?.server !== id) return;
        for (const watch of open) if (watch.server === id && isBelow(uri, watch.uri)) watch.updated(uri);
      });
    },
  };
}
