/** Joins the pages beside inbox and request to this person's store, log and files. */

import type { Approver } from "../../approval/approver.ts";
import { findBodiesKey } from "../../config/bodies-key.ts";
import type { Env } from "../../config/env.ts";
import type { PagePorts } from "../../console/page-ports.ts";
import type { State } from "../state.ts";
import { agentsPort } from "./agents.ts";
import { configPort } from "./config.ts";
import { agentNames, type Editions } from "./editions.ts";
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
  /** Asks the provider about somebody whose signature is about to count. */
  readonly confirm: (names: readonly string[]) => Promise<void>;
  readonly now: () => number;
}

export function pagePorts({ state, configPath, env, editions, people, confirm, now }: PageParts): PagePorts {
  const { store } = state;
  const servers = async () => serverViews(store, configPath, await editions());
  const [config, stops] = [
    configPort(state, configPath, now),
    stopsPort(state, async () => agentNames(await editions()), now),
  ];
  return {
    history: historyPort(store, people),
    agents: agentsPort({ state, configPath, editions, now }),
    servers: {
      list: servers,
      one: async (id) => (await servers()).find((server) => server.id === id),
      ...surveys({ state, configPath, env, editions, now }),
    },
    config: {
      ...config,
      async accept(signed) {
        await confirm([signed.body.approver]);
        return config.accept(signed);
      },
    },
    log: logPort(env.stateDir, () => findBodiesKey(env.stateDir)),
    stops: {
      ...stops,
      async lift(signed) {
        await confirm([signed.body.approver]);
        return stops.lift(signed);
      },
    },
  };
}
