/**
 * Counts a log by itself: plain Node over raw JSON lines, sharing nothing with the program.
 *
 *   node test/report/recount.mjs LOG-FOLDER FROM UNTIL
 *
 * Times RFC 3339, UNTIL not included. Prints one JSON value: sums, and the same for each agent and person.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tally = (list, key) => {
  const counts = {};
  for (const each of list) counts[key(each)] = (counts[key(each)] ?? 0) + 1;
  return counts;
};

export function recount(lines, from, until) {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  const entries = lines.map((line) => JSON.parse(line));
  const within = entries.filter(({ time }) => Date.parse(time) >= start && Date.parse(time) < end);
  const of = (kind) => within.filter((entry) => entry.kind === kind);
  const statuses = new Map(
    entries.filter(({ kind }) => kind === "call.outcome").map(({ call, status }) => [call, status]),
  );
  const intents = of("call.intent").filter(({ why }) => why.detail !== "preview for the approver");
  const questions = entries.filter(({ kind }) => kind === "request.opened" || kind === "request.edited");
  const openedAt = new Map(questions.map(({ request, time }) => [request, Date.parse(time)]));
  const asked = questions.filter((entry) => within.includes(entry));

  const sums = (calls, denied, questioned) => ({
    calls: calls.length,
    reads: calls.filter(({ why }) => why.access === "read").length,
    writes: calls.filter(({ why }) => why.access === "write").length,
    ends: tally(calls, ({ call }) => statuses.get(call) ?? "open"),
    denied: denied.length,
    asked: questioned.length,
  });
  const agents = {};
  const denied = of("call.denied");
  for (const name of new Set([...intents, ...denied, ...asked].map(({ agent }) => agent))) {
    const mine = (list) => list.filter(({ agent }) => agent === name);
    agents[name] = {
      ...sums(mine(intents), mine(denied), mine(asked)),
      tools: tally(mine(intents), ({ target }) => `${target.kind}:${target.server}/${target.name}`),
    };
  }
  const answers = of("request.answered").map(({ request, statement, time }) => ({
    name: statement.body?.approver ?? null,
    word: statement.body?.answer ?? statement.answer,
    ms: openedAt.has(request) ? Date.parse(time) - openedAt.get(request) : undefined,
  }));
  const people = {};
  for (const name of new Set(answers.map((each) => each.name))) {
    const mine = answers.filter((each) => each.name === name);
    const times = mine
      .map(({ ms }) => ms)
      .filter((ms) => ms !== undefined)
      .toSorted((a, b) => a - b);
    people[String(name)] = {
      answers: mine.length,
      words: tally(mine, ({ word }) => word),
      median: times[Math.ceil(times.length / 2) - 1],
      p90: times[Math.ceil(times.length * 0.9) - 1],
      fast: times.filter((ms) => ms < 3000).length,
    };
  }
  return { ...sums(intents, denied, asked), answers: answers.length, agents, people };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = "", from = "", until = ""] = process.argv.slice(2);
  const files = readdirSync(folder).filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1));
  console.log(JSON.stringify(recount(lines, from, until), null, 2));
}
