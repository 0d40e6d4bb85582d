// The client that the suite's client scenarios are run with: SDK v2 in front of `kidoban stdio`, the suite's own server
// behind it. The suite appends the URL of that server and names the scenario in the environment.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { AGENT, KIDOBAN, makeWorld } from "./world.mjs";

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const revision = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");

/** What each tool is called with; those not named here with nothing. */
const argumentsOf = {
  add_numbers: () => ({ a: 5, b: 3 }),
  valid_tool: () => ({ region: "us-west1" }),
  json_schema_echo: (tools) => ({ schema: tools.find(({ name }) => name === "json_schema_2020_12_tool").inputSchema }),
};

async function drive(client) {
  const { tools } = await client.listTools();
  const own = tools.filter(({ name }) => !name.startsWith("kidoban_"));
  if (scenario === "http-invalid-tool-headers" && own.length !== 1)
    throw new Error(`tools with invalid headers are offered: ${own.map(({ name }) => name).join(", ")}`);
  // The tool of this one is only to be looked at.
  if (scenario === "json-schema-ref-no-deref") return;
  const calls = context.toolCalls ?? own.map(({ name }) => ({ name, arguments: argumentsOf[name]?.(own) ?? {} }));
  for (const call of calls) {
    const { isError, content } = await client.callTool(call);
    if (isError) throw new Error(`${call.name}: ${JSON.stringify(content)}`);
  }
  const { resources, prompts } = client.getServerCapabilities();
  if (resources) for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri });
  if (prompts) for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name });
}

const world = await makeWorld({ url });
const client = new Client(
  { name: "conformance-client", version: "1.0.0" },
  {
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    versionNegotiation: { mode: revision === "2026-07-28" ? { pin: revision } : "legacy" },
  },
);
client.setRequestHandler("elicitation/create", () => ({
  action: "accept",
  content: scenario === "sep-2322-client-request-state" ? { confirmed: true } : {},
}));
try {
  const args = [KIDOBAN, "stdio", "--agent", AGENT];
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env: world.env, stderr: "inherit" }),
  );
  await drive(client);
} finally {
  await client.close();
  world.remove();
}
