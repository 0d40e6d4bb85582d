// What a run says of one target. The raw rounds stay, so that several runs can be merged.
import { growth, highQuartile, lowQuartile, median, summary } from "./stats.mjs";

const latency = (s) =>
  s?.rounds.length
    ? {
        p50: lowQuartile(s.perRound),
        p99: median(s.rounds.map((round) => summary(round).p99)),
        calls: s.rounds.flat().length,
        cpu: median(s.cpu),
        waited: median(s.waited),
        perRound: s.perRound,
      }
    : undefined;

export function conclude({ def, errors, small, big, conc, list, leak, cold }) {
  const mb = [small, big, conc, leak].flatMap((s) => s?.mb ?? []);
  return {
    name: def.name,
    baseline: def.baseline,
    floor: def.floor,
    errors,
    small: latency(small),
    big: latency(big),
    list: latency(list),
    conc: conc?.rates.length ? { rate: highQuartile(conc.rates), rates: conc.rates, cpu: median(conc.cpu) } : undefined,
    leak: leak?.mb.length ? { calls: leak.calls, mb: leak.mb, growth: growth(leak.mb) } : undefined,
    mostMb: mb.length ? Math.max(...mb) : undefined,
    cold: cold?.length ? { ...summary(cold), all: cold } : undefined,
  };
}
