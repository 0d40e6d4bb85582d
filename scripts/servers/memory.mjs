/** The reference server for a graph of what was said. */
import { join } from "node:path";
import { resource, tool } from "./steps.mjs";

const FILE = "memory.jsonl";
const entities = [
  { name: "Aiko", entityType: "person", observations: ["keeps the gate", "夜は木戸を閉める"] },
  { name: "Edo", entityType: "city", observations: [] },
];
const lives = { from: "Aiko", to: "Edo", relationType: "lives in" };

export const memory = {
  id: "memory",
  package: { name: "@modelcontextprotocol/server-memory", program: "dist/index.js" },
  start: (program, { workspace }) => ({
    command: process.execPath,
    args: [program],
    env: { MEMORY_FILE_PATH: join(workspace, FILE) },
  }),
  steps: () => [
    tool("read_graph"),
    tool("create_entities", { entities }),
    tool("create_entities", { entities: entities.slice(1) }),
    tool("create_relations", { relations: [lives, { ...lives, relationType: "works in" }] }),
    tool("add_observations", { observations: [{ entityName: "Edo", contents: ["has many gates", "\u2028"] }] }),
    tool("add_observations", { observations: [{ entityName: "Nobody", contents: ["x"] }] }),
    tool("search_nodes", { query: "gate" }),
    tool("open_nodes", { names: ["Aiko", "Nobody"] }),
    resource("memory://knowledge-graph"),
    tool("delete_observations", { deletions: [{ entityName: "Edo", observations: ["has many gates"] }] }),
    tool("delete_relations", { relations: [lives] }),
    tool("delete_entities", { entityNames: ["Aiko"] }),
    tool("read_graph"),
    tool("create_entities", { entities: "no list" }),
  ],
};
