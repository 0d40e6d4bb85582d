/**
 * Stop and resume as one gate sees them (P8). From the acknowledging entry on nothing is forwarded here;
 * `kidoban stop` returns when every live process has written one.
 */

import type { AuditLog } from "../audit/log.ts";
import { isLive } from "../approval/request.ts";
import { withGetters } from "../policy/with-getters.ts";
import type { Stop, Store } from "../store/store.ts";

export interface StopWatch {
  /** The stop that holds for this agent now. */
  readonly standing: Stop | undefined;
  /** Reads the store again and acknowledges what is new. */
  refresh(): Promise<void>;
}

export interface StopParts {
  readonly agent: string;
  readonly process: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly now: () => number;
  /** Cancels what is in flight. */
  readonly cancelAll: () => void;
  /** See GateParts. */
  readonly heard?: (stop: string) => Promise<void>;
}

export function watchStops(parts: StopParts): StopWatch {
  let standing: Stop | undefined;
  const acknowledged = new Set<string>();

  const withdrawPending = async (stop: Stop): Promise<void> => {
    const open = await parts.store.requests({ agent: parts.agent, states: ["pending", "approved"] });
    for (const request of open) {
      if (!isLive(request.state)) continue;
      const moved = await parts.store.move(request.id, ["pending", "approved"], "withdrawn", parts.now(), {
        note: stop.reason,
      });
      if (moved)
        parts.log.record({ kind: "request.closed", request: request.id, state: "withdrawn", note: stop.reason });
    }
  };

  const acknowledge = async (stop: Stop): Promise<void> => {
    parts.cancelAll();
    // What cannot be withdrawn cannot be claimed either while the stop holds; the acknowledgement waits for nothing.
    await withdrawPending(stop).catch(() => undefined);
    if (parts.heard !== undefined) return parts.heard(stop.id);
    parts.log.record({ kind: "stop.acknowledged", stop: stop.id });
    // A gate whose log is sealed forwards nothing either, so its word is good without the entry.
    await parts.log.synced().catch(() => undefined);
    await parts.store.acknowledgeStop(stop.id, parts.process);
  };

  return withGetters({
    get standing() {
      return standing;
    },
    async refresh() {
      const holding = (await parts.store.stops()).filter(
        (stop) => stop.agent === undefined || stop.agent === parts.agent,
      );
      // In force in this process before anything is awaited again.
      standing = holding[0];
      for (const stop of holding) {
        if (acknowledged.has(stop.id)) continue;
        acknowledged.add(stop.id);
        try {
          await acknowledge(stop);
        } catch (error) {
          // Not heard yet: said again when the store has changed.
          acknowledged.delete(stop.id);
          throw error;
        }
      }
    },
  });
}
