/** Claude Code, headless: `claude -p`. */
import { join } from "node:path";

// The platform's own package: the one named plainly only links to it, by an install script.
const PACKAGE = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;

export const claudeCode = {
  id: "claude-code",
  title: "Claude Code",
  package: PACKAGE,
  version: "2.1.330",
  protocol: "2026-07-28",
  writesUnasked: true,
  // It asks for the list, but the prompt that it works on keeps the tools that it began with.
  newList: "asked",
  program: (modules) => join(modules, PACKAGE, "claude"),
  settings: (home) => join(home, ".claude.json"),
  servers: (text) => JSON.parse(text).mcpServers,
  add: (name, command) => ["mcp", "add", "--scope", "user", name, "--", ...command],
  withHttp: (text, url) => {
    const { mcpServers, ...settings } = JSON.parse(text);
    const kidoban = { type: "http", url, headers: { Authorization: "Bearer ${KIDOBAN_TOKEN}" } };
    return JSON.stringify({ ...settings, mcpServers: { ...mcpServers, kidoban } });
  },
  tool: (server, name) => `mcp__${server}__${name}`,
  run: (url) => ({
    args: ["-p", "Do it.", "--allowedTools", "mcp__files", "mcp__kidoban"],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: "not-a-key",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      // Otherwise tools are first shown to the model when it searches for them.
      ENABLE_TOOL_SEARCH: "false",
    },
  }),
};
