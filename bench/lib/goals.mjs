// What is measured against targets: rows of [what, target, measured, met]. Gives no number of its own.
import { times } from "./report.mjs";

const milliseconds = (x) => `${x.toFixed(0)} ms`;
const megabytes = (x) => `${x.toFixed(x < 10 ? 1 : 0)} MB`;

/** Without a limit it is only told. */
const row = (what, target, value, show, met) => {
  const verdict = { true: "yes", false: "**no**" }[met?.(value)] ?? "";
  return [what, target, show(value), verdict];
};

export function goals({ pinned, free, memory, http, modern, freeHttp, httpMemory, list, inbox, evidence }) {
  const find = (from, name) => from.targets.find((target) => target.name === name);
  const over = (from, gate, floor, key) => find(from, gate)[key].p50 / find(from, floor)[key].p50;
  const rate = (from, gate, floor) => find(from, gate).conc.rate / find(from, floor).conc.rate;
  const gate = "Kidoban";
  const stdio = [gate, "bare JSON relay"];
  const overHttp = ["Kidoban over HTTP", "bare HTTP relay"];
  const start = (from) => find(from, gate).cold.p50 - find(from, "direct").cold.p50;
  const most = (from, name) => find(from, name).mostMb;
  const growth = (from, name) => find(from, name).leak.growth;
  const { calls } = find(memory, gate).leak;
  const all = "the same on all cores";
  const { proof, appends } = evidence;

  return [
    row(
      "stdio, 100 B, p50 ÷ bare relay",
      "at most 1.35× (aim 1.15×)",
      over(pinned, ...stdio, "small"),
      times,
      (x) => x <= 1.35,
    ),
    row(
      "stdio, 64 KB, p50 ÷ bare relay",
      "at most 1.15× (aim 0.95×)",
      over(pinned, ...stdio, "big"),
      times,
      (x) => x <= 1.15,
    ),
    row(
      "stdio, 32 in flight, calls/s ÷ bare relay",
      "at least 0.6× (aim 0.9×)",
      rate(pinned, ...stdio),
      times,
      (x) => x >= 0.6,
    ),
    row(all, "", rate(free, ...stdio), times),
    row(
      "HTTP to stdio, 100 B, p50 ÷ bare relay",
      "at most 1.6× (aim 1.2×)",
      over(http, ...overHttp, "small"),
      times,
      (x) => x <= 1.6,
    ),
    row(
      "the same from a client of 2026-07-28",
      "at most 1.6×",
      over(modern, ...overHttp, "small"),
      times,
      (x) => x <= 1.6,
    ),
    row("HTTP to stdio, 64 KB, p50 ÷ bare relay", "", over(http, ...overHttp, "big"), times),
    row("HTTP to stdio, 32 in flight, calls/s ÷ bare relay", "", rate(http, ...overHttp), times),
    row(all, "", rate(freeHttp, ...overHttp), times),
    row(
      "`tools/list`, 500 tools of 10 servers ÷ direct",
      "at most 1.2×",
      over(list, "Kidoban, 10 servers", "direct, 1 server", "list"),
      times,
      (x) => x <= 1.2,
    ),
    row("start to `tools/list`, more than direct", "at most 150 ms", start(pinned), milliseconds, (x) => x <= 150),
    row(all, "", start(free), milliseconds),
    row(`stdio, memory over ${calls.at(-1)} calls`, "at most 90 MB", most(memory, gate), megabytes, (x) => x <= 90),
    row("the same after 64 KB, most", "", most(pinned, gate), megabytes),
    row(
      `stdio, growth over ${calls.at(-1)} calls`,
      "none (at most 5 MB)",
      growth(memory, gate),
      megabytes,
      (x) => x <= 5,
    ),
    row(
      `HTTP, growth over ${calls.at(-1)} calls`,
      "none (at most 5 MB)",
      growth(httpMemory, overHttp[0]),
      megabytes,
      (x) => x <= 5,
    ),
    row("HTTP, memory, most", "", Math.max(most(http, overHttp[0]), most(httpMemory, overHttp[0])), megabytes),
    row(
      "inbox, 10,000 pending: a page of 50 and the count",
      "at most 1000 ms",
      inbox.first,
      milliseconds,
      (x) => x <= 1000,
    ),
    row("the same in the middle", "", inbox.middle, milliseconds),
    row(
      `log of ${proof.count} entries, proven ÷ making its hashes (RFC 6962)`,
      "at most 3×",
      proof.verified / proof.tree,
      times,
      (x) => x <= 3,
    ),
    row("the same ÷ one SHA-256 a line", "", proof.verified / proof.lines, times),
    row("the same, memory beyond the program's own", "", proof.memoryMb, megabytes),
    row(
      "synced entries/s ÷ bare append and fdatasync",
      "at least 0.5×",
      appends.log / appends.bare,
      times,
      (x) => x >= 0.5,
    ),
    row(`the same, ${appends.atOnce} at once`, "", appends.many / appends.bare, times),
  ];
}
