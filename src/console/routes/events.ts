/** Tells open pages that something changed, and nothing else: what it is they ask for themselves, logged in. */

import { streamSSE } from "hono/streaming";
import { type ConsoleApp, visitorOf, type House } from "../visitor.ts";

const BEAT_MS = 20_000;
/** Of all visits, and of one: a browser opens one for each page, and no more than six at once to an origin. */
const MOST_STREAMS = 128;
const MOST_OF_ONE = 16;

export function eventRoutes(app: ConsoleApp, house: House): void {
  const { ports } = house;
  /** The visit of each open stream. */
  const open: string[] = [];
  app.get("/events", (c) => {
    // Nobody would read the stream of a HEAD, so that it would never end.
    if (c.req.method !== "GET") return c.text("refused: method\n", 405);
    const { visit } = c.var.visitor;
    if (open.length >= MOST_STREAMS || open.filter((each) => each === visit).length >= MOST_OF_ONE)
      return c.text("refused: too many\n", 429);
    return streamSSE(c, async (stream) => {
      open.push(visit);
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
        open.splice(open.indexOf(visit), 1);
        unwatch();
      }
    });
  });
}
