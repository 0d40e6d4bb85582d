/** Standings as the console keeps them up: it asks the provider again every minute while it runs, and before each answer. */

import type { Config } from "../../config/config-file.ts";
import type { Env } from "../../config/env.ts";
import type { Store } from "../../store/store.ts";
import { openStandings, type Standings } from "../oidc/standings.ts";
import type { Editions } from "./editions.ts";

const AGAIN_MS = 60_000;

export interface ConsoleStandings extends Standings {
  /** The configurations as they are now, the accepted one first. */
  configs(): Promise<readonly Config[]>;
  /** Asks about everybody who has entered, again and again; gives a function that ends it. */
  keepUp(): () => void;
}

interface Parts {
  readonly store: Store;
  readonly env: Env;
  readonly configPath: string;
  readonly editions: () => Promise<Editions>;
  readonly now: () => number;
}

export function consoleStandings({ editions, ...parts }: Parts): ConsoleStandings {
  let configs: readonly Config[] = [];
  const standings = openStandings({ ...parts, configs: () => configs });
  const sync = async (): Promise<readonly Config[]> => {
    const { accepted, disk } = await editions();
    configs = [accepted, disk].flatMap((each) => each?.loaded.config ?? []);
    return configs;
  };
  const again = async (): Promise<void> => {
    const names = (await sync()).flatMap(({ approvers }) => approvers.map(({ name }) => name));
    await standings.confirm(names);
  };
  return {
    ...standings,
    configs: sync,
    async confirm(names) {
      await sync();
      await standings.confirm(names);
    },
    async provider(redirect) {
      await sync();
      return standings.provider(redirect);
    },
    keepUp() {
      // What fails now is tried again; meanwhile what was known gets older, and ends by that.
      const timer = setInterval(() => void again().catch(() => undefined), AGAIN_MS);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
