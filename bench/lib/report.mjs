// Results as Markdown tables.
import { pairedRatio } from "./stats.mjs";

export const micros = (x) => {
  if (!Number.isFinite(x)) return "–";
  return x >= 1000 ? `${(x / 1000).toFixed(2)} ms` : `${x.toFixed(0)} µs`;
};
export const times = (x) => (Number.isFinite(x) ? `${x >= 10 ? x.toFixed(1) : x.toFixed(2)}×` : "–");
const spread = (q) => (q ? `${times(q[1])} [${times(q[0])}–${times(q[2])}]` : "–");

export function table(head, rows) {
  const rule = head.map((_, i) => (i ? "---:" : "---"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export function report(results) {
  const { targets } = results;
  const find = (name) => targets.find((target) => target.name === name);
  const having = (key) => targets.filter((target) => target[key]);
  const where = results.pinned === undefined ? `${results.cores} CPUs` : `everything on CPU ${results.pinned}`;
  const out = [
    `## ${results.title}`,
    `${results.startedAt} · Node ${results.node} · ${results.cpu}, ${where} · client ${results.client}`,
  ];
  for (const [key, title] of [
    ["small", "tools/call, 100 B, one after another"],
    ["big", "tools/call, 64 KB, one after another"],
    ["list", `tools/list, ${results.tools} tools`],
  ]) {
    if (!having(key).length) continue;
    const by = key === "list" ? "÷ direct" : "÷ bare relay";
    const head = ["system", "p50", "p99", "÷ direct", "÷ bare relay", `${by}, by round`, "CPU a call", "calls"];
    const rows = having(key).map((target) => {
      const own = target[key];
      const base = find(target.baseline)?.[key];
      const floor = find(target.floor)?.[key];
      return [
        target.name,
        micros(own.p50),
        micros(own.p99),
        times(own.p50 / base?.p50),
        times(own.p50 / floor?.p50),
        spread(pairedRatio(own.perRound, (key === "list" ? base : floor)?.perRound)),
        micros(own.cpu),
        own.calls,
      ];
    });
    out.push(`### ${title}`, table(head, rows));
  }
  if (having("conc").length) {
    const rows = having("conc").map((target) => [
      target.name,
      target.conc.rate.toFixed(0),
      times(target.conc.rate / find(target.baseline)?.conc?.rate),
      times(target.conc.rate / find(target.floor)?.conc?.rate),
      micros(target.conc.cpu),
    ]);
    const head = ["system", "calls/s", "of direct", "of bare relay", "CPU a call"];
    out.push(`### Throughput, 100 B, ${results.concurrency} in flight`, table(head, rows));
  }
  if (having("cold").length) {
    const rows = having("cold").map((target) => [
      target.name,
      ...[target.cold.p50, target.cold.min, target.cold.max].map((ms) => `${ms.toFixed(0)} ms`),
      target.cold.n,
    ]);
    out.push("### From start to tools/list", table(["system", "median", "least", "most", "runs"], rows));
  }
  if (having("leak").length) {
    const head = ["system", "after the warm-up", "at the end", "least", "most", "growth"];
    const rows = having("leak").map(({ name, leak: { mb, growth } }) => [
      name,
      ...[mb[0], mb.at(-1), Math.min(...mb), Math.max(...mb)].map((x) => x.toFixed(0)),
      growth.toFixed(1),
    ]);
    const calls = having("leak")[0].leak.calls.at(-1);
    out.push(`### Memory over ${calls} calls, MB resident (without the server behind)`, table(head, rows));
  }
  const failed = targets.filter((target) => target.errors.length);
  if (failed.length) {
    out.push("### Did not finish", failed.map((target) => `- ${target.name}: ${target.errors.join("; ")}`).join("\n"));
  }
  return out.join("\n\n") + "\n";
}
