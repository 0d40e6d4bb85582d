/**
 * Spoiled messages to the agent's door alone, in process, held against what a plain reader makes of each line: nothing
 * reaches the gate that the line does not plainly say, and no request gets more results than it was asked for.
 */
import { isDeepStrictEqual } from "node:util";
import { bundled } from "./bundled.mjs";
import { makeInput } from "./inputs.mjs";
import { plainly } from "./plain-reader.mjs";

/** No prototype: `constructor` is a method that somebody may ask for. */
const GOVERNED = {
  __proto__: null,
  "tools/call": (params) => params.name,
  "prompts/get": (params) => params.name,
  "resources/read": (params) => params.uri,
  "completion/complete": (params) => params.ref?.name ?? params.ref?.uri,
};

/** What a line did, apart from what is different each time. */
const traitOf = (answers, refused, calls) =>
  [
    ...answers.map((text) => {
      const { result, error, method } = JSON.parse(text);
      if (error !== undefined) return `${error.code} ${error.message.replaceAll(/\d/g, "0").slice(0, 16)}`;
      return result === undefined ? method : Object.keys(result).toSorted().join(" ");
    }),
    ...refused.map((why) => why.slice(0, 24)),
    ...calls.map(({ kind }) => kind),
  ].join(", ");

const settled = async () => {
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
};

/** `keep`: one at a time, to see what each does; those that do what none did before are kept. */
export async function fuzzDoor({ count, random, corpus, keeper, keep, faults }) {
  const { openFuzzedDoor } = await bundled("fuzz-door.ts");
  const before = process.memoryUsage().rss;
  let door = openFuzzedDoor();
  let reached = 0;
  /** By id, how often it was asked and not yet answered: some answers come rounds later. */
  let asked = new Map();

  /** A door that was told to be of one era stays so: begun anew, now and then opened properly. */
  async function openAnew(properly) {
    door.end();
    door = openFuzzedDoor();
    asked = new Map();
    const greeting = [corpus[0], JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })];
    if (properly) for (const line of greeting) door.send(Buffer.from(`${line}\n`));
    await settled();
    door.said();
    door.refused();
  }

  /** False when the door ended. */
  async function put(lines) {
    for (const line of lines) door.send(Buffer.concat([line, Buffer.from("\n")]));
    await settled();
    if (door.ended) {
      faults.of("the door ended after one of these", Buffer.concat(lines));
      return undefined;
    }
    const said = lines.map(plainly);
    const calls = door.calls();
    reached += calls.length;
    for (const call of calls) {
      // Found by what it says, since several are under way at once.
      if (said.some((message) => isOrigin(message, call))) continue;
      const what = `${call.kind} ${call.name} ${JSON.stringify(call.args)}`;
      faults.of(`a call that no line plainly says, ${what}`, Buffer.concat(lines));
    }
    const answers = door.said();
    answersFit(answers, lines, said, asked, faults);
    return traitOf(answers, door.refused(), calls);
  }

  const replayed = keeper.kept.slice();
  for (const line of replayed) {
    await openAnew(true);
    const done = await put([line]);
    if (done === undefined) return "door: it ended";
    keeper.learn(line, done);
  }
  const many = keep ? 1 : 50;
  for (let done = 0; done < count; done += many) {
    if (done % (keep ? 100 : 5000) === 0) await openAnew(random.chance(0.7));
    const lines = Array.from({ length: many }, () => makeInput(random, corpus));
    const seen = await put(lines);
    if (seen === undefined) return "door: it ended";
    if (keep) keeper.learn(lines[0], seen);
  }
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  if (grown > 300) faults.add(`the door's process grew by ${grown.toFixed(0)} MB`);
  return `door: ${replayed.length} kept and ${count} new lines, ${reached} calls came through, ${grown.toFixed(0)} MB more than before`;
}

function isOrigin(message, call) {
  const name = GOVERNED[message?.method]?.(message.params ?? {});
  if (name !== call.name) return false;
  return call.kind === "tool" || call.kind === "prompt"
    ? isDeepStrictEqual(plain(message.params.arguments ?? {}), plain(call.args))
    : true;
}
/** Without the difference of prototypes. */
const plain = (value) => JSON.parse(JSON.stringify(value));

/** Every line to the client is one message; no id gets more results than it was asked for. */
function answersFit(out, lines, said, asked, faults) {
  for (const message of said) {
    if (message?.method === undefined || message.id === undefined) continue;
    const key = JSON.stringify(message.id);
    asked.set(key, (asked.get(key) ?? 0) + 1);
  }
  for (const line of out) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      faults.of("what is no JSON was sent to the client", Buffer.from(line));
      continue;
    }
    // Errors may name the id of a line that was refused, read as far as it goes.
    if (message.result === undefined) continue;
    const key = JSON.stringify(message.id);
    const left = (asked.get(key) ?? 0) - 1;
    asked.set(key, left);
    if (left < 0) faults.of(`a result that nobody asked for, to ${key}`, Buffer.concat(lines));
  }
}
