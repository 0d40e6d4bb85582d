/** opencode, headless: `opencode run`. */
import { join } from "node:path";
import { parse } from "jsonc-parser";

// The platform's own package: the one named plainly only links to it, by an install script.
const PACKAGE = `opencode-${process.platform}-${process.arch}`;

export const opencode = {
  id: "opencode",
  title: "opencode",
  package: PACKAGE,
  version: "1.18.33",
  protocol: "2025-11-25",
  writesUnasked: true,
  newList: "offered",
  program: (modules) => join(modules, PACKAGE, "bin/opencode"),
  settings: (home) => join(home, ".config/opencode/opencode.jsonc"),
  servers: (text) => parse(text).mcp,
  add: (name, command) => ["mcp", "add", name, "--", ...command],
  withHttp: (text, url) => {
    const { mcp, ...settings } = parse(text);
    const kidoban = { type: "remote", url, headers: { Authorization: "Bearer {env:KIDOBAN_TOKEN}" }, oauth: false };
    return JSON.stringify({ ...settings, mcp: { ...mcp, kidoban } });
  },
  tool: (server, name) => `${server}_${name}`,
  run: (url) => {
    const scripted = {
      npm: "@ai-sdk/openai-compatible",
      name: "scripted",
      options: { baseURL: `${url}/v1`, apiKey: "not-a-key" },
      models: { scripted: { name: "scripted", tool_call: true } },
    };
    const model = "scripted/scripted";
    const settings = { provider: { scripted }, model, small_model: model, autoupdate: false, share: "disabled" };
    return { args: ["run", "Do it."], env: { OPENCODE_CONFIG_CONTENT: JSON.stringify(settings) } };
  },
};
