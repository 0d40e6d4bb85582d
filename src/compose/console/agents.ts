/** Agents as the console shows them: manifests, rights, live processes, tokens without their secrets. */

import type { AgentsPort } from "../../console/page-ports.ts";
import type { AgentProcess, AgentSummary, AgentToken, AgentView, Outcome } from "../../console/pages/agents.ts";
import type { State } from "../state.ts";
import { agentNames, type Editions } from "./editions.ts";
import { quarantinedNow, rightsOf } from "./rights.ts";
import { serverViews } from "./servers.ts";

export interface AgentsParts {
  readonly state: State;
  readonly configPath: string;
  readonly editions: () => Promise<Editions>;
  readonly now: () => number;
}

export function agentsPort({ state, configPath, editions, now }: AgentsParts): AgentsPort {
  const { store, log } = state;

  async function processesOf(agent: string): Promise<readonly AgentProcess[]> {
    return (await store.processes())
      .filter((one) => one.alive && one.role === "gate" && (one.agent === undefined || one.agent === agent))
      .map(({ pid, startedAt, agent: own }) => ({ pid, startedAt, shared: own === undefined }));
  }

  async function tokensOf(agent: string): Promise<readonly AgentToken[]> {
    return (await store.tokens())
      .filter((token) => token.config === configPath && token.agent === agent)
      .toReversed()
      .map(({ id, issuedAt, expiresAt, revokedAt }) => ({
        id,
        issuedAt,
        expiresAt,
        state: revokedAt !== undefined ? "revoked" : expiresAt > now() ? "holds" : "expired",
      }));
  }

  async function viewOf(agent: string, all: Editions): Promise<AgentView> {
    const { accepted, disk } = all;
    const manifests = [accepted, disk].map((each) => each?.loaded.manifests.get(agent));
    const isGone = disk !== undefined && manifests[1] === undefined;
    const owner = manifests.find((each) => each !== undefined)?.owner;
    const { grants, rights: byFiles } = rightsOf(agent, all);
    const rights = quarantinedNow(byFiles, await serverViews(store, configPath, all));
    const counts: Record<Outcome, number> = { allow: 0, ask: 0, deny: 0, depends: 0 };
    for (const { outcome } of rights) counts[outcome] += 1;
    const [stops, processes, tokens] = await Promise.all([store.stops(), processesOf(agent), tokensOf(agent)]);
    return {
      name: agent,
      owner,
      where: manifests[0] === undefined ? "disk" : isGone ? "accepted" : "both",
      stopped: stops.some((stop) => stop.agent === undefined || stop.agent === agent),
      gates: processes.length,
      counts,
      waits: accepted !== undefined && disk !== undefined,
      processes,
      tokens,
      grants,
      rights,
    };
  }

  return {
    async list(): Promise<readonly AgentSummary[]> {
      const all = await editions();
      return Promise.all(agentNames(all).map((agent) => viewOf(agent, all)));
    },
    async one(agent) {
      const all = await editions();
      return agentNames(all).includes(agent) ? viewOf(agent, all) : undefined;
    },
    async revoke(agent, id, by) {
      const token = await store.token(id);
      if (token === undefined || token.config !== configPath || token.agent !== agent) return false;
      // In force before it is recorded: a log that cannot be written must not keep a token alive.
      const at = now();
      if (!(await store.revokeToken(id, at))) return false;
      log.record({ kind: "token.revoked", token: id, agent, at, by });
      await log.synced();
      return true;
    },
  };
}
