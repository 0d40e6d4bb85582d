/** Tells when something was added to the log folder: by watching it, and by a slow look where watching does not work. */

import { watch } from "node:fs";

const LOOK_MS = 500;

/** Yields when it may be worth reading again, until `signal` aborts. */
export async function* additions(dir: string, signal: AbortSignal): AsyncGenerator<void, void, undefined> {
  let wake: (() => void) | undefined;
  let changed = false;
  const notice = (): void => {
    changed = true;
    wake?.();
  };
  const watcher = watch(dir, { persistent: true }, notice);
  // A watcher that fails leaves the slow look.
  watcher.on("error", () => watcher.close());
  signal.addEventListener("abort", notice, { once: true });
  try {
    while (!signal.aborted) {
      if (!changed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      changed = false;
      wake = undefined;
      if (!signal.aborted) yield;
    }
  } finally {
    watcher.close();
  }
}
