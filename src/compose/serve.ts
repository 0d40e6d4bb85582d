/** `kidoban serve`: many agents' gates in one process, behind one HTTP endpoint; one state, one log, one rulebook each. */

import type { Env } from "../config/env.ts";
import type { Gate } from "../gateway/ports.ts";
import { openHttpDoor } from "../mcp/agent-http.ts";
import type { HttpLimits, Login } from "../mcp/http-visitor.ts";
import { openAgentGate, type AgentGate } from "./agent-gate.ts";
import { refusedLogins } from "./refused-logins.ts";
import { openRulebooks } from "./rulebook.ts";
import { agentSockets } from "./sockets.ts";
import { sharedStops } from "./shared-stops.ts";
import { openState } from "./state.ts";
import { readToken, stateOf } from "./token.ts";
import { VERSION } from "./version.ts";

export interface ServeOptions {
  readonly env: Env;
  readonly configPath: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Where each agent's own Unix socket stands; left out: none. */
  readonly socketDir?: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly approveCommand: (code: string) => string;
  /** Told when files on disk are broken while it runs. */
  readonly broken: (error: unknown) => void;
  /** Told when agents can come. */
  readonly listening: (address: { readonly host: string; readonly port: number }) => void;
}

const LIMITS: HttpLimits = { questions: 64, sessions: 32, streams: 32 };
/** How long questions in flight may go on at the end. */
const DRAIN_MS = 10_000;

/** Runs until `signal` aborts. Throws where it must not start. */
export async function runServe(options: ServeOptions): Promise<void> {
  const { env, configPath, now, broken, signal } = options;
  const state = await openState(env.stateDir, { role: "gate", now });
  const { store, log } = state;
  let reason = "ended";
  const gates = new Map<string, Promise<AgentGate>>();
  try {
    const books = await openRulebooks({ configPath, store, log, now, broken });
    const stops = sharedStops({ store, log, process: state.process });
    const refused = refusedLogins(log, now);

    const openFor = async (agent: string): Promise<AgentGate> => {
      const heard = stops.join(agent);
      try {
        return await openAgentGate({
          env,
          agent,
          state,
          rulebook: books.of(agent),
          now,
          approveCommand: options.approveCommand,
          broken,
          heard,
        });
      } catch (error) {
        stops.leave(agent);
        broken(error);
        throw error;
      }
    };
    const gateOf = async (agent: string): Promise<Gate> => {
      const known = gates.get(agent);
      if (known !== undefined) return (await known).gate;
      const opened = openFor(agent);
      gates.set(agent, opened);
      // What keeps it from opening may go away.
      opened.catch(() => gates.delete(agent));
      return (await opened).gate;
    };

    const logIn = async (text: string | undefined, from: string): Promise<Login | undefined> => {
      const given = text === undefined ? undefined : readToken(text);
      if (given === undefined) {
        refused.refused({ reason: text === undefined ? "no token" : "no token of ours", from });
        return undefined;
      }
      const { id, digest } = given;
      const standing = async () => {
        const token = await store.token(id);
        if (token === undefined) return { token, why: "unknown" };
        const is = stateOf(token, digest, configPath, now());
        if (is !== "holds") return { token, why: is };
        return { token, why: books.agents.has(token.agent) ? undefined : "no such agent" };
      };
      const { token, why } = await standing();
      if (token === undefined || why !== undefined) {
        // Whose it is tells only who holds its secret.
        const known = token === undefined || why === "wrong" ? {} : { token: token.id, agent: token.agent };
        refused.refused({ reason: why ?? "unknown", from, ...known });
        return undefined;
      }
      return { agent: token.agent, key: id, holds: async () => (await standing()).why === undefined };
    };

    const door = openHttpDoor({
      version: VERSION,
      now: () => performance.now(),
      logIn,
      gate: gateOf,
      hosts: () => new Set(),
      origins: () => new Set(),
      url: () => undefined,
      metadata: (resource) => ({ resource, bearer_methods_supported: ["header"], resource_name: "Kidoban" }),
      ready: () => log.sealed === undefined,
      limits: LIMITS,
    });
    const { socketDir: folder } = options;
    const sockets = folder === undefined ? undefined : agentSockets({ folder, stateDir: env.stateDir, gate: gateOf });
    const recheck = () => void door.recheck().catch(broken);
    books.onChanged(() => {
      recheck();
      void sockets?.follow(books.agents).catch(broken);
    });
    const look = () => {
      void books.refresh().catch(broken);
      void stops.refresh().catch(() => undefined);
      recheck();
    };
    const unwatch = store.watch(look);
    // What was accepted or stopped before it was watched.
    look();
    try {
      await sockets?.follow(books.agents);
      const address = await door.listen(options.listen.port, options.listen.host);
      options.listening({ host: address.address, port: address.port });
      await aborted(signal);
    } finally {
      await Promise.all([door.close(DRAIN_MS), sockets?.close()]);
      unwatch();
      refused.flush();
      await Promise.all([...gates.values()].map((gate) => gate.then(({ close }) => close()).catch(() => undefined)));
      books.close();
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    await state.close(reason);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
