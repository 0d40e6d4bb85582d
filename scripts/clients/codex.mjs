/** Codex, headless: `codex exec`, which may ask nobody. */
import { join } from "node:path";
import { parse, stringify } from "smol-toml";

export const codex = {
  id: "codex",
  title: "Codex",
  package: "@openai/codex",
  version: "0.169.0",
  protocol: "2025-06-18",
  // It refuses what is marked as destructive, where nobody can be asked.
  writesUnasked: false,
  newList: "ignored",
  program: (modules) => join(modules, ".bin/codex"),
  settings: (home) => join(home, ".codex/config.toml"),
  servers: (text) => parse(text).mcp_servers,
  add: (name, command) => ["mcp", "add", name, "--", ...command],
  withHttp: (text, url) => {
    const kidoban = {
      url,
      bearer_token_env_var: "KIDOBAN_TOKEN",
      default_tools_approval_mode: "approve",
      required: true,
    };
    return `${text}\n${stringify({ mcp_servers: { kidoban } })}`;
  },
  tool: (server, name) => `mcp__${server}__${name}`,
  run: (url) => {
    const provider = `{ name = "scripted", base_url = "${url}/v1", wire_api = "responses", env_key = "SCRIPTED_KEY" }`;
    const settings = ["model_provider=scripted", "model=scripted", `model_providers.scripted=${provider}`];
    // Otherwise the first turn begins without the tools of a server that is still starting.
    settings.push("mcp_servers.files.required=true");
    return {
      args: ["exec", "--skip-git-repo-check", ...settings.flatMap((setting) => ["-c", setting]), "Do it."],
      env: { SCRIPTED_KEY: "not-a-key" },
    };
  },
};
