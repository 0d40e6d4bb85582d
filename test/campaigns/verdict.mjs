/** Holds what the agents, the approver and the server saw against what the log says. Every fault is a sentence. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { readLedger, readLog, signedBy } from "./evidence.mjs";

const group = (items, key) => {
  const groups = new Map();
  for (const item of items) {
    const found = groups.get(key(item));
    if (found === undefined) groups.set(key(item), [item]);
    else found.push(item);
  }
  return groups;
};

/** What agents and people find when they look for a request. */
function storedRequests(state) {
  const path = join(state, "kidoban.db");
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("SELECT id FROM requests").all();
  } finally {
    database.close();
  }
}

/** Why this intent had no leave, or nothing. An asked write needs an approval that was recorded before it. */
function leaveFault(intent, byKind, keys, clock) {
  const { effect, rules } = intent.why;
  const { name } = intent.target;
  if (effect === "allow") {
    const free = name === "read" || rules.some((rule) => /^campaign-?\d*#free$/.test(rule));
    return free ? undefined : `${name} ran without being asked`;
  }
  const opened = byKind("request.opened").find(({ request }) => request === intent.request);
  if (opened === undefined) return "it names no request that was opened";
  if (opened.action !== intent.action) return "the action asked about is another";
  const said = byKind("request.answered").filter(({ request }) => request === intent.request);
  if (said.some(({ statement }) => statement.body?.answer === "deny")) return "a human denied it";
  const good = said.find(({ at, statement }) => {
    const { body } = statement;
    return (
      (clock || at <= intent.at) &&
      signedBy(statement, keys) &&
      body.answer === "approve" &&
      (clock || body.answeredAt <= opened.expiresAt) &&
      ["request", "nonce", "action", "shown", "expiresAt"].every((key) => body[key] === opened[key])
    );
  });
  return good ? undefined : "no valid approval was recorded before it";
}

/**
 * Everything that is wrong, and how much there was to be wrong. `calls`: what the agents asked and were told; `answers`: what the approver was told had been
 * taken. `clock`: of gates whose clock is set, times prove nothing.
 */
export function judge({ world, calls, answers, clock = false }) {
  const { entries, faults, textOf } = readLog(world.log);
  const kinds = group(entries, ({ kind }) => kind);
  const byKind = (kind) => kinds.get(kind) ?? [];
  const fault = (text) => faults.push(text);
  const intents = byKind("call.intent");
  const outcomes = group(byKind("call.outcome"), ({ call }) => call);

  // P4, P2: every effect has an earlier intent of its own, and every intent had leave.
  const argsOf = (intent) => JSON.parse(textOf(intent.args) ?? "{}");
  const byName = group(intents, (intent) => argsOf(intent).id);
  // Of a call that nobody waited for, as of a read, its body may not be there. A write without one has had no effect then.
  const bodiless = (byName.get(undefined) ?? []).filter(({ target }) => target.name === "read");
  const effects = group(readLedger(world.ledger), ({ id }) => id);
  for (const [name, all] of effects) {
    const done = all.filter(({ tool, at }) => {
      const unnamed = tool !== "read" || byName.has(name) ? -1 : bodiless.findIndex((intent) => intent.at <= at);
      if (unnamed >= 0) bodiless.splice(unnamed, 1);
      return unnamed < 0;
    });
    const sent = (byName.get(name) ?? []).filter(({ call }) => outcomes.get(call)?.[0].status !== "not_sent");
    if (done.length > sent.length) fault(`${name}: ${done.length} effects, ${sent.length} intents`);
    for (const { at, tool, value } of done) {
      const own = sent.find(
        (intent) => (clock || intent.at <= at) && intent.target.name === tool && argsOf(intent).value === value,
      );
      if (!own) fault(`${name}: an effect without an earlier intent of the same tool and arguments`);
    }
  }
  for (const intent of intents) {
    const missing = leaveFault(intent, byKind, world.keys, clock);
    if (missing) fault(`${intent.call} (${intent.target.name}): ${missing}`);
  }

  // P5: once, and never guessed. Who recovers a dead stream says `unknown`, and two may do so at once.
  for (const [call, same] of group(intents, ({ call }) => call)) {
    if (same.length > 1) fault(`${call}: ${same.length} intents`);
    const ends = outcomes.get(call) ?? [];
    const own = ends.filter(({ by }) => by === same[0].by);
    if (own.length > 1) fault(`${call}: ${own.length} outcomes`);
    if (ends.length === 0) fault(`${call}: interrupted, and nobody said so`);
    for (const { by, status } of ends) {
      if (by === same[0].by) continue;
      if (own.length) fault(`${call}: finished, and recovered as ${status} all the same`);
      else if (status !== "unknown") fault(`${call}: recovered as ${status}`);
    }
  }
  for (const [request, same] of group(
    intents.filter(({ request }) => request),
    ({ request }) => request,
  )) {
    if (same.length > 1) fault(`request ${request} was used ${same.length} times`);
  }
  const asked = new Set(["request.opened", "request.edited"].flatMap(byKind).map(({ request }) => request));
  for (const { id } of storedRequests(world.state))
    if (!asked.has(id)) fault(`request ${id} can be answered, and the log does not know it`);
  const begun = new Set(intents.map(({ call }) => call));
  for (const { call } of byKind("call.outcome")) {
    if (!begun.has(call)) fault(`${call}: an outcome without an intent`);
  }
  for (const [name, same] of byName) {
    const ok = same.filter(
      ({ call, target }) => target.name !== "read" && outcomes.get(call)?.[0].status === "ok",
    ).length;
    const done = (effects.get(name) ?? []).length;
    if (done < ok) fault(`${name}: ${ok} calls said to have succeeded, ${done} effects`);
  }

  const again = new Set([...group(calls, ({ id }) => id)].flatMap(([id, same]) => (same.length > 1 ? [id] : [])));
  // Nothing that was acknowledged is lost.
  for (const { id, tool, answered, failed, text, pending } of calls) {
    if (pending && !byKind("request.opened").some(({ request }) => request === pending)) {
      fault(`${id}: the agent was told of request ${pending}, the log was not`);
    }
    if (answered === undefined || failed) {
      // A gate that cannot record forwards nothing.
      const sealed = text?.includes("NOT EXECUTED: the audit log");
      if (sealed && !again.has(id) && effects.has(id)) fault(`${id}: refused by a sealed gate, and done all the same`);
      continue;
    }
    if (tool === "read" && !byName.has(id)) continue;
    const finished = (byName.get(id) ?? []).some(({ call }) => outcomes.get(call)?.[0].status === "ok");
    if (!finished) fault(`${id}: the agent was told "${text}" (${tool}), the log has no such outcome`);
  }
  for (const { request, word } of answers) {
    const kept = byKind("request.answered").some(
      (entry) => entry.request === request && entry.statement.body?.answer === word,
    );
    if (!kept) fault(`request ${request}: "${word}" was acknowledged and is not in the log`);
  }
  const counts = {
    intents: intents.length,
    asked: intents.filter(({ request }) => request).length,
    unknown: byKind("call.outcome").filter(({ status }) => status === "unknown").length,
    effects: [...effects.values()].flat().length,
  };
  return { faults, counts };
}
