/**
 * Asks a server all its steps twice, directly and through the gate, each time on a fresh copy of the same data at the same
 * place, and says in what the answers, the lists and the data left behind differ.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { converse } from "./conversation.mjs";
import { gateFor } from "./gate.mjs";
import { throughGate, titleOf } from "./steps.mjs";

const LISTS = [
  ["tools/list", "tools"],
  ["prompts/list", "prompts"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resourceTemplates"],
];
/** The gate's own tool, and what it does to definitions for the agent's sake, are documented exceptions: names are compared. */
const OWN_TOOL = "kidoban_wait";

const sortKeyOf = (item) => item.uri ?? item.uriTemplate ?? item.name;
const sorted = (items) => items.toSorted((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));

/** Tools and prompts by name, resources and templates whole, in one order; none where the server has none. */
async function listsOf(conversation, prefix) {
  const lists = {};
  for (const [method, kind] of LISTS) {
    const { member, text } = await conversation.ask(method, {});
    const items = member === "error" ? [] : sorted(JSON.parse(text)[kind]);
    lists[kind] = kind.startsWith("resource")
      ? items
      : items
          .map(({ name }) => name)
          .filter((name) => name !== OWN_TOOL)
          .map((name) => name.slice(prefix.length));
  }
  // What stands in the lock stands there once: a template without a variable that is also a resource is listed as that.
  const uris = new Set(lists.resources.map(({ uri }) => uri));
  return { ...lists, resourceTemplates: lists.resourceTemplates.filter(({ uriTemplate }) => !uris.has(uriTemplate)) };
}

/** Every file below the folder, by its path, as bytes in base64. */
function filesIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "base64")]));
}

/** What the gate passes on of its own environment; the server's `env:` comes on top. */
const passedOn = ({ PATH, HOME, LANG }) => ({ PATH, HOME, LANG });

async function play(program, steps, prefix) {
  const conversation = await converse(program);
  try {
    const lists = await listsOf(conversation, prefix);
    const answers = [];
    for (const { method, params } of steps) {
      const before = conversation.progress.length;
      const answer = await conversation.ask(method, params);
      answers.push({ ...answer, progress: conversation.progress.slice(before) });
    }
    return { lists, answers };
  } finally {
    await conversation.close();
  }
}

/** Replaces what may differ by its name, and notes which of `volatile` was met. */
const steady = (text, volatile, met) =>
  volatile.reduce((rest, { name, pattern }) => {
    const replaced = rest.replaceAll(pattern, `<${name}>`);
    if (replaced !== rest) met.add(name);
    return replaced;
  }, text);

/** Where two texts part, with what stands around it. */
function parting(direct, gate) {
  let at = 0;
  while (at < direct.length && direct[at] === gate[at]) at += 1;
  const around = (text) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 80));
  return `at ${at}: directly ${around(direct)}, through the gate ${around(gate)}`;
}

/**
 * `place`: what steps and data may name, of which `workspace` and `home` are the machine's. Gives each answer with its
 * title, and a sentence for each difference.
 */
export async function compare(server, program, machine, place) {
  const { id, volatile = [] } = server;
  const started = server.start(program, place);
  const fresh = async () => {
    rmSync(machine.workspace, { recursive: true, force: true });
    mkdirSync(machine.workspace);
    await server.prepare?.(place);
  };
  const leftBehind = () => (server.left === undefined ? filesIn(machine.workspace) : server.left(place));

  await fresh();
  const gate = await gateFor(machine, id, started);
  const steps = server.steps(place);
  await fresh();
  const direct = await play(
    { ...started, cwd: gate.folder, env: { ...passedOn(machine.env), ...started.env } },
    steps,
    "",
  );
  const directLeft = leftBehind();
  await fresh();
  const passed = await play(
    gate.stdio,
    steps.map((one) => throughGate(one, id)),
    `${id}_`,
  );
  const gateLeft = leftBehind();
  await gate.checkLog(steps.length);

  const met = new Set();
  const differences = steps.flatMap((step, n) => {
    const [one, other] = [direct.answers[n], passed.answers[n]];
    const [left, right] = [one, other].map(({ member, text }) => steady(`${member} ${text}`, volatile, met));
    const title = `${n + 1}. ${titleOf(step)}`;
    if (left !== right) return [`${title} ${parting(left, right)}`];
    return isDeepStrictEqual(one.progress, other.progress)
      ? []
      : [`${title}: progress ${JSON.stringify(one.progress)} and ${JSON.stringify(other.progress)}`];
  });
  for (const kind of Object.keys(direct.lists))
    if (!isDeepStrictEqual(direct.lists[kind], passed.lists[kind]))
      differences.push(
        `the list of ${kind} ${parting(...[direct, passed].map(({ lists }) => JSON.stringify(lists[kind])))}`,
      );
  if (!isDeepStrictEqual(directLeft, gateLeft))
    differences.push(`what is left ${parting(JSON.stringify(directLeft), JSON.stringify(gateLeft))}`);
  // What is named as volatile must be there, or its name says nothing.
  for (const { name } of volatile) if (!met.has(name)) differences.push(`"${name}" was met in no answer`);
  return { answers: direct.answers.map((answer, n) => ({ ...answer, title: titleOf(steps[n]) })), differences };
}
