/** Tells open pages that something changed, and nothing else: what it is they ask for themselves, logged in. */

import { streamSSE } from "hono/streaming";
import { type ConsoleApp, visitorOf, type House } from "../visitor.ts";

const BEAT_MS = 20_000;
/** Of all visits; a browser opens one for each page. */
const MOST_STREAMS = 128;

export function eventRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  let open = 0;
  app.get("/events", (c) => {
    if (open >= MOST_STREAMS) return c.text("refused: too many\n", 429);
    return streamSSE(c, async (stream) => {
      open++;
      let wake: (() => void) | undefined;
      let changed = false;
      const unwatch = ports.watch(() => {
        changed = true;
        wake?.();
      });
      stream.onAbort(() => wake?.());
      try {
        while (!stream.aborted && !stream.closed) {
          if (!changed) {
            await new Promise<void>((resolve) => {
              const timer = setTimeout(resolve, BEAT_MS);
              wake = () => {
                clearTimeout(timer);
                resolve();
              };
            });
          }
          // Whoever is not logged in any more is told nothing more.
          if ((await visitorOf(c, house, false)).person === undefined) break;
          if (stream.aborted) break;
          await (changed ? stream.writeSSE({ event: "changed", data: "" }) : stream.write(":\n\n"));
          changed = false;
        }
      } finally {
        open--;
        unwatch();
      }
    });
  });
}
