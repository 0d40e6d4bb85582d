// What all-surfaces-v1.mjs and all-surfaces-v2.mjs offer, each in its era: the same tools, resources and prompts. All that
// they do goes to the ledger whose path they are given, one line of JSON each. Knows no SDK.
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [ledger] = process.argv.slice(2);
export const did = (tool, id, value) =>
  appendFileSync(ledger, `${JSON.stringify({ pid: process.pid, tool, id, value })}\n`);
export const text = (value) => ({ content: [{ type: "text", text: value }] });
export const SEAT = {
  message: "Which seat?",
  requestedSchema: { type: "object", properties: { seat: { type: "string" } }, required: ["seat"] },
};

/** What changes when it is told to: the description of one of each kind. */
const state = { tools: 0, resources: 0, prompts: 0 };
const fickle = (what) => ({ description: state[what] % 2 === 0 ? "as reviewed" : "not as reviewed" });
const inputSchema = { type: "object", properties: { id: { type: "string" } } };
const READ = { readOnlyHint: true };
const WRITE = { readOnlyHint: false, destructiveHint: false };
const tool = (name, annotations, more = {}) => ({ name, inputSchema, annotations, ...more });

export const capabilities = {
  tools: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  prompts: { listChanged: true },
};
export const lists = {
  tools: () => [
    tool("append", WRITE),
    tool("keep", WRITE),
    tool("book", WRITE),
    tool("change", WRITE),
    ...["steps", "hold", "touch"].map((name) => tool(name, READ)),
    tool("fickle", READ, fickle("tools")),
  ],
  resources: (scheme) => [
    { uri: `${scheme}://still`, name: "still" },
    { uri: `${scheme}://other`, name: "other" },
    { uri: `${scheme}://fickle`, name: "fickle", ...fickle("resources") },
  ],
  prompts: () => [{ name: "fickle", ...fickle("prompts") }],
};

/** Until the test says so. */
async function released(id) {
  while (!existsSync(`${ledger}.${id}`)) await sleep(20);
}

/** One call. `era`: what is said differently in each, { ask, progress, listChanged, updated, signal }. */
export async function call({ name, arguments: { id = "" } = {} }, era) {
  switch (name) {
    case "append":
      did(name, id);
      return text(`appended ${id}`);
    case "keep":
      did(name, id, "begun");
      await released(id);
      did(name, id);
      return text(`kept ${id}`);
    case "book":
      return era.ask(id);
    case "steps":
      for (let progress = 1; progress <= 3; progress++) await era.progress({ progress, total: 3 });
      // Clients of both SDKs lose progress that comes together with the result.
      await released(id);
      did(name, id);
      return text(`stepped ${id}`);
    case "hold":
      did(name, id, "begun");
      await new Promise((resolve) => era.signal.addEventListener("abort", resolve));
      did(name, id, "cancelled");
      return text("too late");
    case "change":
      state[id] += 1;
      did(name, id);
      await era.listChanged(id);
      return text(`changed ${id}`);
    case "touch":
      did(name, id);
      await era.updated(id);
      return text(`touched ${id}`);
    default:
      did(name, id);
      return text(name);
  }
}

/** What a seat that was asked for came to. */
export function booked(id, { action, content }) {
  if (action === "accept") did("book", id, content.seat);
  return text(action === "accept" ? `booked ${content.seat}` : `not booked: ${action}`);
}
