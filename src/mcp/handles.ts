/** What is kept between two requests of a modern client: one for each agent, whichever of its doors they come through. */

import type { Parked } from "./legs.ts";
import type { PutPrompts } from "./prompt.ts";

export interface Handles {
  /** When each question of the gate's own was put. Only this process takes its answer, and once. */
  readonly prompts: PutPrompts;
  readonly parked: Parked;
  /** Ends the calls that wait; resolves when they have ended. */
  end(): Promise<void>;
}

export function openHandles(): Handles {
  const parked: Parked = new Map();
  return {
    prompts: new Map(),
    parked,
    async end() {
      const waiting = [...parked.values()];
      parked.clear();
      await Promise.all(waiting.map((legs) => legs.end()));
    },
  };
}
