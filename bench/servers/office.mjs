// What the echo servers offer and answer, as plain values; knows no transport.
const record = {
  type: "object",
  properties: { id: { type: "string", description: "Which record" } },
  required: ["id"],
};
const reads = { readOnlyHint: true, openWorldHint: false };
const closes = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };

/** Beside `echo`, the tools of an ordinary office, so that rules and lists have something to be about. Nobody calls them. */
export const OFFICE = [
  {
    name: "echo",
    description: "Returns its text argument unchanged.",
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    annotations: reads,
  },
  ..."billing customers contracts payroll orders suppliers tickets secrets".split(" ").flatMap((area) => [
    { name: `get_${area}`, description: `Returns one record of ${area}.`, inputSchema: record, annotations: reads },
    {
      name: `close_${area}`,
      description: `Closes one record of ${area} for good.`,
      inputSchema: record,
      annotations: closes,
    },
  ]),
];

/** The ids of ten servers whose lists are merged, and how many tools of each an agent sees, and does not see. */
export const FLEET = "assets badges cranes docks engines ferries gates hulls inlets jetties".split(" ");
export const SHOWN = 50;
const HIDDEN = 10;

const search = (id) => ({
  type: "object",
  properties: {
    id: { type: "string", description: `Which of the ${id}, as it stands in the register` },
    since: { type: "string", format: "date-time", description: "Only what was changed after it" },
    limit: { type: "integer", minimum: 1, maximum: 500, description: "How many at most" },
  },
  required: ["id"],
});

/** As the gate writes it, so that both lists have as many bytes. */
const looks = { ...reads, destructiveHint: false };

/** One server's tools: those that only look, then those that change something. About 550 B each. */
export function fleetTools(id) {
  const tool = (verb, at, says, annotations) => ({
    name: `${verb}_${id}_${String(at + 1).padStart(2, "0")}`,
    description: `${says} of the ${id} in section ${at + 1}, with everything that the register knows about it.`,
    inputSchema: search(id),
    annotations,
  });
  return [
    ...Array.from({ length: SHOWN }, (_, at) => tool("find", at, "Returns one", looks)),
    ...Array.from({ length: HIDDEN }, (_, at) => tool("close", at, "Closes one", closes)),
  ];
}

/** What is left of all ten servers' tools for an agent that may only look, under the names that it sees. */
export const fleetShown = () =>
  FLEET.flatMap((id) =>
    fleetTools(id)
      .slice(0, SHOWN)
      .map((tool) => ({ ...tool, name: `${id}_${tool.name}` })),
  );

function result(tools, method, params) {
  switch (method) {
    case "tools/call":
      return { content: [{ type: "text", text: String(params?.arguments?.text ?? "") }] };
    case "tools/list":
      return { tools };
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "bench-echo", version: "1.0.0" },
      };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

/** The answer to one message; nothing for a notification. */
export function answer(tools, { id, method, params }) {
  if (id === undefined) return undefined;
  const found = result(tools, method, params);
  if (found) return { jsonrpc: "2.0", id, result: found };
  return { jsonrpc: "2.0", id, error: { code: -32601, message: `Method not found: ${method}` } };
}
