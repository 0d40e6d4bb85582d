/** Tells of something that may happen at any rate: a burst at once, then now and then, and always of the last. */

import { openBucket } from "./bucket.ts";

const BURST = 20;
/** Each time costs a server's whole lists, an entry for each definition that is another now, and the agent a message. */
const EVERY_MS = 5000;

export interface Spaced {
  happened(): void;
  end(): void;
}

export function spaced(tell: () => void): Spaced {
  const bucket = openBucket(BURST, 1000 / EVERY_MS);
  let later: NodeJS.Timeout | undefined;
  return {
    happened() {
      if (later !== undefined) return;
      if (bucket.take(performance.now())) return tell();
      later = setTimeout(() => {
        later = undefined;
        bucket.take(performance.now());
        tell();
      }, EVERY_MS).unref();
    },
    end() {
      clearTimeout(later);
      later = undefined;
    },
  };
}
