// Joins the results of repeated runs (fresh processes each time) into one.
import { highQuartile, lowQuartile, median, summary } from "./stats.mjs";

export function merge(runs) {
  const targets = runs[0].targets.map((first) => {
    const same = runs.map((run) => run.targets.find((target) => target.name === first.name)).filter(Boolean);
    const parts = (key) => same.map((target) => target[key]).filter(Boolean);
    const joined = (key) => {
      const all = parts(key);
      if (!all.length) return undefined;
      const perRound = all.flatMap((part) => part.perRound);
      return {
        p50: lowQuartile(perRound),
        p99: median(all.map((part) => part.p99)),
        calls: all.reduce((sum, part) => sum + part.calls, 0),
        cpu: median(all.map((part) => part.cpu)),
        waited: median(all.map((part) => part.waited)),
        perRound,
      };
    };
    const conc = parts("conc");
    const rates = conc.flatMap((part) => part.rates);
    const leak = parts("leak");
    const cold = parts("cold").flatMap((part) => part.all);
    return {
      ...first,
      errors: same.flatMap((target) => target.errors),
      small: joined("small"),
      big: joined("big"),
      list: joined("list"),
      conc: rates.length ? { rate: highQuartile(rates), rates, cpu: median(conc.map((part) => part.cpu)) } : undefined,
      // The worst run: a limit is kept by all runs or not at all.
      leak: leak.length
        ? {
            calls: leak[0].calls,
            mb: leak[0].mb.map((_, i) => Math.max(...leak.map((part) => part.mb[i] ?? 0))),
            growth: Math.max(...leak.map((part) => part.growth)),
          }
        : undefined,
      mostMb: Math.max(...parts("mostMb")),
      cold: cold.length ? { ...summary(cold), all: cold } : undefined,
    };
  });
  return { ...runs[0], title: `${runs[0].title} (${runs.length} runs with fresh processes)`, targets };
}
