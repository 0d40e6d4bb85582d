/** Stops as the console places, shows and lifts them. */

import type { StopsPort } from "../../console/page-ports.ts";
import { liftStop, mayLift, placeStop, unheard } from "../stops.ts";
import type { State } from "../state.ts";

/** `agents`: those of the configuration, accepted or on disk. */
export function stopsPort(state: State, agents: () => Promise<readonly string[]>, now: () => number): StopsPort {
  const { store, log } = state;
  const find = async (id: string) => (await store.stops()).find((stop) => stop.id === id);
  return {
    async list() {
      return Promise.all(
        (await store.stops()).map(async (stop) => ({
          stop,
          waitingFor: (await unheard(store, stop)).map(({ pid }) => pid),
          acknowledged: (await store.acknowledgements(stop.id)).length,
        })),
      );
    },
    agents,
    async place(facts) {
      const { id } = await placeStop(state, facts);
      await log.synced();
      return id;
    },
    async mayLift(id) {
      const stop = await find(id);
      return stop === undefined ? [] : mayLift(store, stop, now());
    },
    async lift(signed) {
      const stop = await find(signed.body.stop);
      return stop === undefined ? "gone" : liftStop(state, stop, signed, await mayLift(store, stop, now()));
    },
  };
}
