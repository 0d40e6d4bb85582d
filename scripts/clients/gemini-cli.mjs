/** Gemini CLI, headless: `gemini -p`, which offers only tools of servers that its user trusts. */
import { join } from "node:path";

export const geminiCli = {
  id: "gemini-cli",
  title: "Gemini CLI",
  package: "@google/gemini-cli",
  version: "0.61.0",
  protocol: "2025-06-18",
  writesUnasked: true,
  newList: "offered",
  program: (modules) => join(modules, ".bin/gemini"),
  settings: (home) => join(home, ".gemini/settings.json"),
  servers: (text) => JSON.parse(text).mcpServers,
  /** What a person has chosen at the first start. */
  preset: '{ "security": { "auth": { "selectedType": "gemini-api-key" } } }\n',
  add: (name, command) => ["mcp", "add", "--scope", "user", "--trust", name, ...command],
  withHttp: (text, url) => {
    const { mcpServers, ...settings } = JSON.parse(text);
    const kidoban = { type: "http", url, headers: { Authorization: "Bearer $KIDOBAN_TOKEN" }, trust: true };
    return JSON.stringify({ ...settings, mcpServers: { ...mcpServers, kidoban } });
  },
  tool: (server, name) => `mcp_${server}_${name}`,
  run: (url) => ({
    // In the default mode it leaves out whatever is called write_file, since a tool of its own is.
    args: ["-m", "gemini-2.5-flash", "--approval-mode", "auto_edit", "--skip-trust", "-p", "Do it."],
    env: { GEMINI_API_KEY: "not-a-key", GOOGLE_GEMINI_BASE_URL: url },
  }),
};
