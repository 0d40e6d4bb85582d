// How fast this machine is at the moment. Somebody else's work on the other half of our core takes up to half of it, in
// spells of milliseconds to minutes, and of a virtual machine's neighbours no counter tells.
import { hash } from "node:crypto";

const MESSAGE = JSON.stringify({
  jsonrpc: "2.0",
  id: 7,
  method: "tools/call",
  params: { text: "abcdefghij".repeat(10) },
});
/** As slow as this times the best is another machine. Spells take 1.5 to 2 times as long, calm ones 1.1. */
const TOLERANCE = 1.3;

/** A piece of work like that of a relay, ms. */
function probe() {
  const startedAt = performance.now();
  for (let i = 0; i < 100; i++) hash("sha256", JSON.stringify(JSON.parse(MESSAGE)), "hex");
  return performance.now() - startedAt;
}

let best = Infinity;

/** Whether it is nearly as fast as it has ever been while this process ran. */
export function isAtPace() {
  // The better of two: a single one may have been interrupted.
  const took = Math.min(probe(), probe());
  best = Math.min(best, took);
  return took <= TOLERANCE * best;
}

// Compiled by then. Should all of it fall into a spell, the best comes later.
for (let i = 0; i < 200; i++) best = Math.min(best, probe());
