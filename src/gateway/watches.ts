/**
 * Resources that the agent is told of when they are updated. Who may not read one is not told of it either, and what was
 * allowed is looked at again with every update (P1). Each is on record before its server hears of it (P4).
 */

import { randomBytes } from "node:crypto";
import type { Target, Why } from "../audit/entry.ts";
import { SealedError } from "../audit/log.ts";
import type { Call, Decision } from "../policy/call.ts";
import { agent as words } from "../words/agent.ts";
import { refusal, unknownName, worded } from "./answers.ts";
import type { Exposed } from "./exposed.ts";
import { why } from "./forward.ts";
import { decideInForce } from "./in-force.ts";
import { destination, keeps } from "./leave.ts";
import { ServerError, type Answer, type ClientFacts, type Watching } from "./ports.ts";
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

/** What can be said of a stop or a sealed log, or undefined where neither holds. */
function halted(gate: GateState): Watching | undefined {
  if (gate.log.sealed !== undefined) return said(words.sealed);
  const { standing } = gate.stops;
  return standing === undefined ? undefined : said(words.stopped(standing.reason));
}

/** The gate's own errors are told; anything else is a bug and goes up. */
function failed(error: unknown): Watching {
  if (error instanceof SealedError) return said(words.sealed);
  if (error instanceof ServerError) return said(words.serverDown(error.message));
  throw error;
}

/** Like a read that is denied; a credential of ours is not kept (P9). */
async function turnAway(
  gate: GateState,
  uri: string,
  answer: Watching,
  decided?: { readonly target: Target; readonly why: Why },
): Promise<Watching> {
  const { carries, hide } = gate.parts.secrets;
  const keep = !carries(uri) && (decided === undefined || keeps(gate, decided.target));
  gate.log.record({
    kind: "call.denied",
    call: randomBytes(12).toString("hex"),
    agent: gate.agent,
    asked: hide(uri),
    ...decided,
    args: gate.log.body(keep ? JSON.stringify({ uri }) : "", keep && "json"),
    claimed: {},
  });
  await gate.log.written();
  return answer;
}

export function openWatches(gate: GateState): Watches {
  const open = new Set<Watch>();
  /** Those that are not open yet. */
  let coming = 0;

  const isWatched = (server: string, uri: string): boolean =>
    [...open].some((watch) => server === watch.server && uri === watch.uri);

  const end = async (watch: Watch): Promise<void> => {
    open.delete(watch);
    const { server: id, uri } = watch;
    if (isWatched(id, uri)) return;
    const server = await gate.servers.ensure(id, Infinity);
    // What stays watched at the server is told to nobody.
    if (halted(gate) === undefined && !isWatched(id, uri)) server.unwatch(uri);
  };

  const mayRead = (call: Call): Decision => decideInForce(gate.parts.inForce(), call, gate.servers.live);

  /** Nothing is asked of the server before it is compared and on record, and then only what still may be. */
  const begin = async (exposed: Exposed, uri: string, client: ClientFacts, watch: Watch): Promise<Watching> => {
    const { server: id, item } = exposed;
    await gate.servers.ensure(id, Infinity);
    const stopped = halted(gate);
    if (stopped !== undefined) return turnAway(gate, uri, stopped);
    const target = { server: id, kind: "resource", name: item.name } as const;
    const call: Call = { agent: gate.agent, ...target, args: { uri } };
    const inForce = gate.parts.inForce();
    const decision = mayRead(call);
    if (decision.effect !== "allow") {
      const answer = decision.hidden
        ? refused(unknownName({ kind: "resource", name: uri, client }))
        : said(words.watchHeld);
      return turnAway(gate, uri, answer, { target, why: why(decision) });
    }
    const args = gate.log.body(JSON.stringify(call.args), keeps(gate, target) && "json");
    gate.log.record({ kind: "resource.watched", agent: gate.agent, target, args });
    await gate.log.written();
    const server = destination(gate, { call, basis: { inForce, stands: ({ effect }) => effect === "allow" } });
    if (typeof server === "string") return said(words.notSent(id, server));
    open.add(watch);
    if (!(await server.watch(uri))) {
      open.delete(watch);
      return said(words.notWatched(id));
    }
    return { kind: "watching", end: () => void end(watch).catch(() => undefined) };
  };

  return {
    async open(uri, client, updated) {
      if (gate.log.sealed !== undefined) return said(words.sealed);
      if (open.size + coming >= MAX_WATCHES) return said(words.tooManyWatches(MAX_WATCHES));
      coming += 1;
      try {
        const stopped = halted(gate);
        if (stopped !== undefined) return await turnAway(gate, uri, stopped);
        const exposed = gate.catalog().find("resource", uri);
        if (exposed === undefined || gate.parts.secrets.carries(uri))
          return await turnAway(gate, uri, refused(unknownName({ kind: "resource", name: uri, client })));
        return await begin(exposed, uri, client, { server: exposed.server, uri, updated });
      } catch (error) {
        return failed(error);
      } finally {
        coming -= 1;
      }
    },
    adopt(id, server) {
      server.onUpdated((uri) => {
        const watching = [...open].filter((watch) => watch.server === id && isBelow(uri, watch.uri));
        if (watching.length === 0 || halted(gate) !== undefined || gate.parts.secrets.carries(uri)) return;
        const exposed = gate.catalog().find("resource", uri);
        if (exposed?.server !== id) return;
        const { name } = exposed.item;
        if (mayRead({ agent: gate.agent, server: id, kind: "resource", name, args: { uri } }).effect !== "allow")
          return;
        for (const watch of watching) watch.updated(uri);
      });
    },
  };
}
