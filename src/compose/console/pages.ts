/** Joins the pages beside inbox and request to this person's store, log and files. */

import { join } from "node:path";
import type { Approver } from "../../approval/approver.ts";
import type { Env } from "../../config/env.ts";
import type { PagePorts } from "../../console/page-ports.ts";
import type { State } from "../state.ts";
import { agentNames, agentsPort } from "./agents.ts";
import { configPort } from "./config.ts";
import type { Editions } from "./editions.ts";
import { historyPort } from "./history.ts";
import { logPort } from "./log.ts";
import { serverViews } from "./servers.ts";
import { stopsPort } from "./stops.ts";
import { surveys } from "./survey.ts";

export interface PageParts {
  readonly state: State;
  /** Absolute path of the kidoban.yaml. */
  readonly configPath: string;
  readonly env: Env;
  readonly editions: () => Promise<Editions>;
  readonly people: () => Promise<readonly Approver[]>;
  readonly now: () => number;
}

export function pagePorts({ state, configPath, env, editions, people, now }: PageParts): PagePorts {
  const { store } = state;
  const servers = async () => serverViews(store, configPath, await editions());
  return {
    history: historyPort(store, people),
    agents: agentsPort({ state, configPath, editions, now }),
    servers: {
      list: servers,
      one: async (id) => (await servers()).find((server) => server.id === id),
      ...surveys({ state, configPath, env, editions, now }),
    },
    config: configPort(state, configPath, now),
    log: logPort(join(env.stateDir, "log")),
    stops: stopsPort(state, async () => agentNames(await editions()), now),
  };
}
