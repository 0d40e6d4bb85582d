/**
 * Stops in a process that holds many gates (P8): the process acknowledges one when each of its gates that it concerns
 * forwards nothing any more. A gate that opens later reads what is in force before it serves.
 */

import type { AuditLog } from "../audit/log.ts";
import type { Store } from "../store/store.ts";

export interface SharedStops {
  /** Before the agent's gate begins to open; gives what the gate tells that it has heard of a stop with. */
  join(agent: string): (stop: string) => Promise<void>;
  /** The agent's gate is closed, or could not be opened. */
  leave(agent: string): void;
  /** Reads what is in force and acknowledges what every gate has heard of. */
  refresh(): Promise<void>;
}

export function sharedStops(parts: {
  readonly store: Store;
  readonly log: AuditLog;
  readonly process: string;
}): SharedStops {
  const { store, log } = parts;
  /** By agent: the stops that its gate has heard of. */
  const heard = new Map<string, Set<string>>();
  const acknowledged = new Set<string>();

  const refresh = async (): Promise<void> => {
    for (const stop of await store.stops()) {
      const concerned = [...heard].filter(([agent]) => stop.agent === undefined || stop.agent === agent);
      if (acknowledged.has(stop.id) || !concerned.every(([, stops]) => stops.has(stop.id))) continue;
      acknowledged.add(stop.id);
      try {
        log.record({ kind: "stop.acknowledged", stop: stop.id });
        // A gate whose log is sealed forwards nothing either, so its word is good without the entry.
        await log.synced().catch(() => undefined);
        await store.acknowledgeStop(stop.id, parts.process);
      } catch (error) {
        // Not heard yet: said again when the store has changed.
        acknowledged.delete(stop.id);
        throw error;
      }
    }
  };

  return {
    join(agent) {
      const stops = new Set<string>();
      heard.set(agent, stops);
      return async (stop) => {
        stops.add(stop);
        await refresh();
      };
    },
    leave: (agent) => void heard.delete(agent),
    refresh,
  };
}
