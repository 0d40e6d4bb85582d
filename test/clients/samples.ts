/** Configuration files as people have them: comments, tabs, CRLF, BOM, other settings between. */

import type { Location, Machine } from "../../src/clients/client-file.ts";

export const machine = (home: string, platform: Machine["platform"] = "linux"): Machine => ({
  platform,
  home,
  configHome: `${home}/.config`,
});

export const user: Location = { file: "/x", scope: "user", variables: {} };
export const inProject = (folder: string): Location => ({ file: "/x", scope: "project", folder, variables: {} });

/** ~/.claude.json: mostly the client's own state; servers of two scopes under one name. */
export const CLAUDE_CODE = `{
  "numStartups": 214,
  "tipsHistory": { "shift-enter": 12, "memory-command": 190 },
  "userID": "0f1c2a",
  "mcpServers": {
    "github": {
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-github@2025.4.8"],
      "env": {
        "GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
      }
    },
    "tracker": {
      "type": "http",
      "url": "https://mcp.example.com/mcp",
      "headers": { "Authorization": "Bearer trk_live_9f8e7d6c5b4a", "X-Team": "docs" }
    },
    "old": { "type": "sse", "url": "https://old.example.com/sse" }
  },
  "projects": {
    "/home/aiko/日本語 プロジェクト": {
      "allowedTools": ["mcp__github__get_issue"],
      "history": [{ "display": "fix the \\"bug\\"", "pastedContents": {} }],
      "mcpServers": {
        "github": { "command": "node", "args": ["./tools/github.mjs"], "env": {} },
        "ファイル": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "."] }
      },
      "hasTrustDialogAccepted": true
    },
    "/home/aiko/empty": { "allowedTools": [], "mcpServers": {} }
  },
  "bigNumber": 12345678901234567890
}
`;

/** Claude Desktop on Windows: BOM, CRLF, tabs. */
export const CLAUDE_DESKTOP = `\uFEFF{
	"globalShortcut": "Ctrl+Space",
	"mcpServers": {
		"filesystem": {
			"command": "npx",
			"args": [
				"-y",
				"@modelcontextprotocol/server-filesystem@2026.8.31",
				"C:\\\\Users\\\\aiko\\\\Documents"
			]
		},
		"sqlite": {
			"command": "uvx",
			"args": ["mcp-server-sqlite", "--db-path", "C:\\\\data\\\\shop.db"],
			"env": {"LOG_LEVEL": "info"}
		}
	}
}`.replaceAll("\n", "\r\n");

/** VS Code: comments everywhere, inputs, trailing commas. */
export const VSCODE = `// Our servers. Ask #platform before you add one.
{
  /* asked for once and kept by VS Code */
  "inputs": [
    { "type": "promptString", "id": "perplexity-key", "description": "Perplexity API key", "password": true },
  ],
  "servers": {
    // search needs a key
    "perplexity": {
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "server-perplexity-ask"],
      "env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}" },
    },
    "files": { // the workspace only
      "type": "stdio",
      "command": "npx", // from npm
      "args": [
        "-y",
        "@modelcontextprotocol/server-filesystem@2026.8.31",
        "\${workspaceFolder}/docs", // nothing else
      ],
      // not a secret
      "env": { "LOG_LEVEL": "warn" },
      "dev": { "watch": "src/**/*.ts" },
    },
    "learn": { "type": "http", "url": "https://learn.example.com/api/mcp" }, // public
  },
}
`;

/** Gemini CLI: comments, three ways to say a URL, variables with and without braces. */
export const GEMINI_CLI = `{
  "security": { "auth": { "selectedType": "oauth-personal" } },
  "mcpServers": {
    "files": {
      "command": "npx", // pinned
      "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"],
      "trust": true,
      "timeout": 30000
    },
    "search": { "httpUrl": "https://search.example.com/mcp", "headers": { "X-Team": "docs" } },
    "tracker": { "url": "https://mcp.example.com/mcp", "type": "http" },
    "plain": { "url": "https://plain.example.com/mcp" },
    "old": { "url": "https://old.example.com/sse", "type": "sse" },
    "github": { "command": "github-mcp", "env": { "GITHUB_TOKEN": "$MY_GITHUB_TOKEN" } },
    "google": { "url": "https://g.example.com/mcp", "authProviderType": "google_credentials" }
  }
}
`;

/** opencode: local and remote, a command as one list, its own variables. */
export const OPENCODE = `{
  "$schema": "https://opencode.ai/config.json",
  "mcp": {
    // the workspace only
    "files": {
      "type": "local",
      "command": ["npx", "-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"],
      "environment": { "LOG_LEVEL": "warn" },
      "enabled": true
    },
    "tracker": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "X-Team": "docs" } },
    "off": { "type": "local", "command": ["off-server"], "enabled": false },
    "token": { "type": "remote", "url": "https://t.example.com/mcp", "headers": { "Authorization": "{env:T_TOKEN}" } },
    "shared": { "enabled": true },
    "empty": { "type": "local", "command": [] }
  }
}
`;

/** Codex: comments, sub-tables, dotted and inline forms, multi-line values. */
export const CODEX = `# Codex
model = "gpt-6"   # the good one
approval_policy = "on-request"

[features]
web_search = true

# --- servers ---
[mcp_servers.github] # issues only
command = "npx"
args = [
  "-y", # yes
  "@modelcontextprotocol/server-github@2025.4.8",
]
startup_timeout_sec = 20 # slow network
  # the token of the bot
  [mcp_servers.github.env]
  GITHUB_TOKEN = "ghp_Z9y8X7w6V5u4T3s2R1q0P9o8N7m6L5k4J3i2" # rotate in May
  NOTE = """
two lines, with a [mcp_servers.trap] inside
"""

[mcp_servers."my notes"]
url = 'https://notes.example.com/mcp'
http_headers = { "X-Api-Key" = "nk-0a1b2c3d4e5f", Accept = "application/json" }
enabled_tools = ["search", "read"]

[mcp_servers.off]
command = "off-server"
enabled = false

[mcp_servers.bearer]
url = "https://b.example.com/mcp"
bearer_token_env_var = "B_TOKEN"

[mcp_servers]
inline = { command = "inline-server", args = [] }

[profiles.fast]
model = "gpt-6-mini"
`;
