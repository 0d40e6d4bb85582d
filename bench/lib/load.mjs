// Puts calls on a target and notes what they cost.
import { schedule } from "./proc.mjs";

/** One after another; their times, µs, are added to `micros`. */
export async function serial(call, count, micros = []) {
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await call();
    micros.push((performance.now() - startedAt) * 1000);
  }
}

/** `width` at once. Gives calls a second. */
export async function parallel(call, count, width) {
  let left = count;
  const startedAt = performance.now();
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: width }, lane));
  return count / ((performance.now() - startedAt) / 1000);
}

/** What rounds of one kind leave behind. */
export const series = () => ({ rounds: [], perRound: [], cpu: [], waited: [], mb: [], rates: [] });

/** Adds what one visit gave, a list under each name. */
export function append(into, values) {
  for (const [name, list] of Object.entries(values)) into[name].push(...list);
}

/** Memory of what is measured: the server's own when it is called directly, else all but the server's. */
export const residentMb = (target, { rssKb, rssServerKb }) => (target.def.direct ? rssServerKb : rssKb) / 1024;

/**
 * Runs `work` of so many calls and gives the CPU time a call, the share of time in which somebody involved had to wait for a
 * CPU, and the memory afterwards.
 */
export async function observed(target, calls, work) {
  const before = target.sample();
  const waitedBefore = schedule(process.pid)[1];
  const startedAt = performance.now();
  await work();
  const elapsedNs = (performance.now() - startedAt) * 1e6;
  const after = target.sample();
  const waited = after.waitedNs - before.waitedNs + schedule(process.pid)[1] - waitedBefore;
  const key = target.def.direct ? "cpuServerNs" : "cpuNs";
  return {
    cpu: [(after[key] - before[key]) / 1000 / calls],
    waited: [waited / elapsedNs],
    mb: [residentMb(target, after)],
  };
}
